/** `users` in SQLite. */
import type { NewUser, UserRepository } from '../user-repository.js';
import type { SqliteConnection } from './sqlite-connection.js';

const HAS_ADMIN = "SELECT 1 FROM users WHERE LOWER(role) = 'admin' LIMIT 1";
const FIND_ID = 'SELECT id FROM users WHERE LOWER(username) = LOWER(?)';
const SET_ROLE = 'UPDATE users SET role = ?, updated_at = ? WHERE id = ?';
const INSERT = `
  INSERT INTO users (username, display_name, password_sha512, role, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, ?)`;

export class SqliteUserRepository implements UserRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
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
