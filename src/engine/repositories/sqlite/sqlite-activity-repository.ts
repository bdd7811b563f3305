/** `activity_history` in SQLite. */
import type { ActivityRepository, NewActivity } from '../activity-repository.js';
import { integerCell } from './cells.js';
import type { SqliteConnection } from './sqlite-connection.js';

const INSERT_RUNNING = `
  INSERT INTO activity_history (hostname, script_path, script_name, script_type, ran_at, status, stdout, stderr)
  VALUES (?, ?, ?, ?, ?, 'Running', '', '') RETURNING id`;

export class SqliteActivityRepository implements ActivityRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async insertRunning({ hostname, scriptPath, scriptName, scriptType }: NewActivity, ranAt: bigint): Promise<bigint> {
    const [[id = null] = []] = this.#connection.cells(
      INSERT_RUNNING,
      hostname,
      scriptPath,
      scriptName,
      scriptType,
      ranAt,
    );
    return integerCell(id) ?? 0n;
  }
}
