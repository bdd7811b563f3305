/** The key that overrides are signed with: made once, kept as the tokens are. A facade with another key believes none of its overrides. */
import { join } from 'node:path';
import { AdminTokenError, openTokenFile } from '../admin/admin-token.js';

const KEY_BYTES = 32;

/** Where the key of a state directory is. */
export function overrideKeyFile(stateDirectory: string): string {
  return join(stateDirectory, 'override.key');
}

/**
 * The key of the file, which is made on the first start.
 *
 * @throws AdminTokenError when the file can be read by others, not at all, or holds no key
 */
export function openOverrideKey(stateDirectory: string): Buffer {
  const file = overrideKeyFile(stateDirectory);
  const key = Buffer.from(openTokenFile(file), 'base64url');
  if (key.length === KEY_BYTES) return key;
  throw new AdminTokenError(
    'admin_token_weak',
    `${file} holds no key of ${KEY_BYTES} bytes: remove it and restart the facade for a new one`,
  );
}
