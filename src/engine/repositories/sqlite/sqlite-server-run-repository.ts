/** `engine_server_runs` in SQLite. On a file that the engine was told not to migrate there is none, and nothing is noted. */
import type { ServerRunRepository } from '../server-run-repository.js';
import type { SqliteConnection } from './sqlite-connection.js';

const HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'engine_server_runs'";
const NOTE = 'INSERT INTO engine_server_runs (run_id, begun_at) VALUES (?, ?)';
const LIST = 'SELECT run_id AS runId FROM engine_server_runs ORDER BY begun_at, run_id';
const FORGET = 'DELETE FROM engine_server_runs WHERE run_id = ?';

export class SqliteServerRunRepository implements ServerRunRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async note(runId: string, now: bigint): Promise<void> {
    if (this.#hasTable()) this.#connection.run(NOTE, runId, now);
  }

  async list(): Promise<readonly string[]> {
    return this.#hasTable() ? this.#connection.all<{ runId: string }>(LIST).map(({ runId }) => runId) : [];
  }

  async forget(runId: string): Promise<void> {
    if (this.#hasTable()) this.#connection.run(FORGET, runId);
  }

  #hasTable(): boolean {
    return this.#connection.get(HAS_TABLE) !== undefined;
  }
}
