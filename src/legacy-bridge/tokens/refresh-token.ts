/** Refresh tokens: opaque texts that the database knows by their hash alone (agents-http 2). */
import { createHash } from 'node:crypto';

/** Lower-case hex SHA-256 of the UTF-8 text, as in `refresh_tokens.token_hash`. */
export function hashRefreshToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}
