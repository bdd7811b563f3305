/** `agent_service_account` in SQLite. */
import type {
  ServiceAccountRepository,
  ServiceAccountRow,
  StoredServiceAccount,
} from '../service-account-repository.js';
import { bytesOrText, text } from './column-forms.js';
import type { SqliteConnection } from './sqlite-connection.js';

const FIND = `
  SELECT ${text('username')}, ${bytesOrText('password_encrypted', 'password')}
  FROM agent_service_account WHERE agent_id = ?`;
const INSERT = `
  INSERT INTO agent_service_account (username, password_encrypted, last_rotated_utc, agent_id) VALUES (?, ?, ?, ?)`;
const UPDATE = `
  UPDATE agent_service_account SET username = ?, password_encrypted = ?, last_rotated_utc = ? WHERE agent_id = ?`;
const ROTATE = `
  UPDATE agent_service_account
  SET username = ?, password_encrypted = ?, last_rotated_utc = ?, password_hash = NULL
  WHERE agent_id = ?`;

export class SqliteServiceAccountRepository implements ServiceAccountRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async findByAgentId(agentId: string): Promise<ServiceAccountRow | undefined> {
    return this.#connection.get<ServiceAccountRow>(FIND, agentId);
  }

  async insert({ username, password, rotatedAt, agentId }: StoredServiceAccount): Promise<void> {
    this.#connection.run(INSERT, username, password, rotatedAt, agentId);
  }

  async update({ username, password, rotatedAt, agentId }: StoredServiceAccount): Promise<void> {
    this.#connection.run(UPDATE, username, password, rotatedAt, agentId);
  }

  async rotate({ username, password, rotatedAt, agentId }: StoredServiceAccount): Promise<void> {
    this.#connection.run(ROTATE, username, password, rotatedAt, agentId);
  }
}
