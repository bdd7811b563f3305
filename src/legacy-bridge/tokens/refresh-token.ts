/** Refresh tokens: opaque texts that the database knows by their hash alone (agents-http 2). */
import { createHash } from 'node:crypto';

/** Lower-case hex SHA-256 of the UTF-8 text, as in `refresh_tokens.token_hash`. */
export function hashRefreshToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** Lifetime in seconds. */
export const REFRESH_TOKEN_SECONDS = 30 * 86_400;
/** Random bytes of a new token. */
const TOKEN_BYTES = 48;

/** A new token: base64url without padding. */
export function newRefreshToken(randomBytes: (length: number) => Buffer): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}
