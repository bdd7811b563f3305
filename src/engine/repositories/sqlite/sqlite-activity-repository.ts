/** `activity_history` in SQLite. */
import type { Activity, ActivityOutput, ListedActivity } from '../../domain/activity.js';
import type { ActivityRepository, NewActivity } from '../activity-repository.js';
import { integerCell, textCell, truthCell } from './cells.js';
import type { SqliteConnection, SqlValue } from './sqlite-connection.js';

const INSERT_RUNNING = `
  INSERT INTO activity_history (hostname, script_path, script_name, script_type, ran_at, status, stdout, stderr)
  VALUES (?, ?, ?, ?, ?, 'Running', '', '') RETURNING id`;

/** In the order in which `activityOf` takes them. */
const COLUMNS = 'id, hostname, script_name, script_path, script_type, ran_at, status';
const LIST = `
  SELECT ${COLUMNS}, LENGTH(stdout), LENGTH(stderr) FROM activity_history
  WHERE hostname = ? ORDER BY ran_at DESC, id DESC`;
const FIND = `SELECT ${COLUMNS}, stdout, stderr FROM activity_history WHERE id = ?`;
const DELETE_OF = 'DELETE FROM activity_history WHERE hostname = ?';

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

  async list(hostname: string): Promise<readonly ListedActivity[]> {
    return this.#connection.cells(LIST, hostname).map((cells) => ({
      ...activityOf(cells),
      hasStdout: truthCell(cells[7]),
      hasStderr: truthCell(cells[8]),
    }));
  }

  async find(id: bigint): Promise<ActivityOutput | undefined> {
    const [cells] = this.#connection.cells(FIND, id);
    if (cells === undefined) return undefined;
    return { ...activityOf(cells), stdout: textCell(cells[7]), stderr: textCell(cells[8]) };
  }

  async deleteOf(hostname: string): Promise<number> {
    return this.#connection.run(DELETE_OF, hostname);
  }
}

function activityOf([id, hostname, name, path, type, ranAt, status]: readonly SqlValue[]): Activity {
  return {
    id: integerCell(id) ?? 0n,
    hostname: textOrNull(hostname),
    scriptName: textOrNull(name),
    scriptPath: textOrNull(path),
    scriptType: textOrNull(type),
    ranAt: integerCell(ranAt),
    status: textOrNull(status),
  };
}

function textOrNull(cell: SqlValue | undefined): string | null {
  return cell === null || cell === undefined ? null : textCell(cell);
}
