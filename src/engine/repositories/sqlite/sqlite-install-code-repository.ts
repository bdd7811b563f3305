/** `enrollment_install_codes` and its permanent copy in SQLite. */
import type {
  CodeUse,
  InstallCodeFilter,
  InstallCodeRepository,
  InstallCodeRow,
  NewInstallCode,
} from '../install-code-repository.js';
import { digits, text } from './column-forms.js';
import type { SqliteConnection } from './sqlite-connection.js';

const SELECT = `
  SELECT ${[
    text('id'),
    text('code'),
    text('expires_at', 'expiresAt'),
    text('created_by_user_id', 'createdByUserId'),
    text('used_at', 'usedAt'),
    text('used_by_guid', 'usedByGuid'),
    digits('max_uses', 'maxUses'),
    digits('use_count', 'useCount'),
    text('last_used_at', 'lastUsedAt'),
  ].join(', ')}
  FROM enrollment_install_codes`;

const FIND_BY_CODE = `${SELECT} WHERE code = ?`;
const FIND_BY_ID = `${SELECT} WHERE id = ?`;
const MAX_USES_OF_COPY = `SELECT ${digits('max_uses', 'maxUses')} FROM enrollment_install_codes_persistent WHERE id = ?`;
/** Each takes the time once, whether or not it looks at it. */
const LISTS: Readonly<Record<InstallCodeFilter, string>> = {
  active: `${SELECT} WHERE use_count < max_uses AND expires_at > ? ORDER BY expires_at`,
  expired: `${SELECT} WHERE use_count < max_uses AND expires_at <= ? ORDER BY expires_at`,
  used: `${SELECT} WHERE use_count >= max_uses AND ? IS NOT NULL ORDER BY expires_at`,
  all: `${SELECT} WHERE ? IS NOT NULL ORDER BY expires_at`,
};
const INSERT = `
  INSERT INTO enrollment_install_codes (id, code, expires_at, created_by_user_id, max_uses, use_count)
  VALUES (?, ?, ?, ?, ?, 0)`;
const INSERT_COPY = `
  INSERT INTO enrollment_install_codes_persistent (
    id, code, created_at, expires_at, created_by_user_id, max_uses, last_known_use_count, is_active
  ) VALUES (?, ?, ?, ?, ?, ?, 0, 1)`;
const DELETE_UNUSED = 'DELETE FROM enrollment_install_codes WHERE id = ? AND use_count = 0';
const ARCHIVE_COPY = `
  UPDATE enrollment_install_codes_persistent
  SET is_active = 0, archived_at = COALESCE(archived_at, ?) WHERE id = ?`;
const EXPIRED_UNUSED = 'use_count = 0 AND expires_at < ?';
const ARCHIVE_EXPIRED = `
  UPDATE enrollment_install_codes_persistent
  SET is_active = 0, archived_at = COALESCE(archived_at, ?)
  WHERE id IN (SELECT id FROM enrollment_install_codes WHERE ${EXPIRED_UNUSED})`;
const DELETE_EXPIRED = `DELETE FROM enrollment_install_codes WHERE ${EXPIRED_UNUSED}`;
/** The flag of the last use comes as 0 or 1. */
const RECORD_USE = `
  UPDATE enrollment_install_codes SET
    use_count = ?, used_by_guid = ?, last_used_at = ?, used_at = CASE WHEN ? THEN ? ELSE used_at END
  WHERE id = ?`;
const RECORD_USE_IN_COPY = `
  UPDATE enrollment_install_codes_persistent SET last_known_use_count = ?, used_by_guid = ?, last_used_at = ? WHERE id = ?`;
const CONSUME_COPY = `
  UPDATE enrollment_install_codes_persistent SET
    used_at = ?, is_active = 0, consumed_at = COALESCE(consumed_at, ?), archived_at = COALESCE(archived_at, ?)
  WHERE id = ?`;

export class SqliteInstallCodeRepository implements InstallCodeRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async findByCode(code: string): Promise<InstallCodeRow | undefined> {
    return this.#connection.get<InstallCodeRow>(FIND_BY_CODE, code);
  }

  async findById(id: string): Promise<InstallCodeRow | undefined> {
    return this.#connection.get<InstallCodeRow>(FIND_BY_ID, id);
  }

  async maxUsesOfCopy(id: string): Promise<string | null> {
    return this.#connection.get<{ maxUses: string | null }>(MAX_USES_OF_COPY, id)?.maxUses ?? null;
  }

  async list(filter: InstallCodeFilter, now: string): Promise<readonly InstallCodeRow[]> {
    return this.#connection.all<InstallCodeRow>(LISTS[filter], now);
  }

  async insert({ id, code, expiresAt, createdByUserId, maxUses }: NewInstallCode, now: string): Promise<void> {
    const uses = BigInt(maxUses);
    this.#connection.run(INSERT, id, code, expiresAt, createdByUserId, uses);
    this.#connection.run(INSERT_COPY, id, code, now, expiresAt, createdByUserId, uses);
  }

  async deleteUnused(id: string, now: string): Promise<boolean> {
    if (this.#connection.run(DELETE_UNUSED, id) === 0) return false;
    this.#connection.run(ARCHIVE_COPY, now, id);
    return true;
  }

  async recordUse(id: string, { useCount, consumed, guid }: CodeUse, now: string): Promise<void> {
    this.#connection.run(RECORD_USE, useCount, guid, now, consumed ? 1n : 0n, now, id);
    this.#connection.run(RECORD_USE_IN_COPY, useCount, guid, now, id);
    if (consumed) this.#connection.run(CONSUME_COPY, now, now, now, id);
  }

  async deleteExpiredUnused(now: string): Promise<number> {
    this.#connection.run(ARCHIVE_EXPIRED, now, now);
    return this.#connection.run(DELETE_EXPIRED, now);
  }
}
