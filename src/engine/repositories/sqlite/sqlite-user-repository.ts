/** `users` in SQLite. */
import type { AccountRow, NewUser, UserRepository } from '../user-repository.js';
import { text } from './column-forms.js';
import type { SqliteConnection } from './sqlite-connection.js';

const FIND_ACCOUNT = `
  SELECT ${[
    'id',
    text('username'),
    text('display_name', 'displayName'),
    text('role'),
    text('password_sha512', 'passwordSha512'),
    'COALESCE(mfa_enabled, 0) <> 0 AS mfaEnabled',
    text('mfa_secret', 'mfaSecret'),
  ].join(', ')}
  FROM users WHERE LOWER(username) = LOWER(?) ORDER BY rowid LIMIT 1`;
const MARK_SIGNED_IN = 'UPDATE users SET last_login = ?, updated_at = ? WHERE LOWER(username) = LOWER(?)';
const SET_MFA_SECRET = 'UPDATE users SET mfa_secret = ?, updated_at = ? WHERE id = ?';
const HAS_ADMIN = "SELECT 1 FROM users WHERE LOWER(role) = 'admin' LIMIT 1";
const FIND_ID = 'SELECT id FROM users WHERE LOWER(username) = LOWER(?)';
const SET_ROLE = 'UPDATE users SET role = ?, updated_at = ? WHERE id = ?';
const INSERT = `
  INSERT INTO users (username, display_name, password_sha512, role, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, ?)`;

/** SQLite has no truth values. */
type StoredAccount = Omit<AccountRow, 'mfaEnabled'> & { readonly mfaEnabled: number };

export class SqliteUserRepository implements UserRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async findAccountByName(username: string): Promise<AccountRow | undefined> {
    const row = this.#connection.get<StoredAccount>(FIND_ACCOUNT, username);
    return row && { ...row, mfaEnabled: row.mfaEnabled !== 0 };
  }

  async markSignedIn(username: string, now: number): Promise<void> {
    this.#connection.run(MARK_SIGNED_IN, now, now, username);
  }

  async setMfaSecret(id: number, secret: string, now: number): Promise<void> {
    this.#connection.run(SET_MFA_SECRET, secret, now, id);
  }

  async hasAdmin(): Promise<boolean> {
    return this.#connection.get(HAS_ADMIN) !== undefined;
  }

  async findIdByName(username: string): Promise<number | undefined> {
    return this.#connection.get<{ id: number }>(FIND_ID, username)?.id;
  }

  async setRole(id: number, role: string, now: number): Promise<void> {
    this.#connection.run(SET_ROLE, role, now, id);
  }

  async insert({ username, displayName, passwordSha512, role }: NewUser, now: number): Promise<void> {
    this.#connection.run(INSERT, username, displayName, passwordSha512, role, now, now);
  }
}
