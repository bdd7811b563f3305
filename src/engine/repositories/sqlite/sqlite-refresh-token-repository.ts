/** `refresh_tokens` in SQLite. */
import type { NewRefreshToken, RefreshTokenRepository, RefreshTokenRow } from '../refresh-token-repository.js';
import { text } from './column-forms.js';
import type { SqliteConnection } from './sqlite-connection.js';

const FIND = `
  SELECT id, ${text('expires_at', 'expiresAt')}, ${text('revoked_at', 'revokedAt')}
  FROM refresh_tokens WHERE guid = ? AND token_hash = ?`;
const HAS_ANY = 'SELECT 1 FROM refresh_tokens LIMIT 1';
const MARK_USED = 'UPDATE refresh_tokens SET last_used_at = ? WHERE id = ?';
const BIND = 'UPDATE refresh_tokens SET dpop_jkt = ? WHERE id = ?';

const INSERT = `
  INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)`;
const REVOKE_ALL = 'UPDATE refresh_tokens SET revoked_at = ? WHERE UPPER(guid) = UPPER(?) AND revoked_at IS NULL';

export class SqliteRefreshTokenRepository implements RefreshTokenRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async findByGuidAndHash(guid: string, tokenHash: string): Promise<RefreshTokenRow | undefined> {
    return this.#connection.get<RefreshTokenRow>(FIND, guid, tokenHash);
  }

  async hasAny(): Promise<boolean> {
    return this.#connection.get(HAS_ANY) !== undefined;
  }

  async markUsed(id: string, usedAt: string): Promise<void> {
    this.#connection.run(MARK_USED, usedAt, id);
  }

  async insert({ id, guid, tokenHash, createdAt, expiresAt }: NewRefreshToken): Promise<void> {
    this.#connection.run(INSERT, id, guid, tokenHash, createdAt, expiresAt);
  }

  async revokeAll(guid: string, revokedAt: string): Promise<void> {
    this.#connection.run(REVOKE_ALL, revokedAt, guid);
  }

  async bindToThumbprint(id: string, thumbprint: string): Promise<void> {
    this.#connection.run(BIND, thumbprint, id);
  }
}
