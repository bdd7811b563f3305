/** `scheduled_jobs` in SQLite. Rows are read cell by cell: their numbers have 64 bits. */
import type { ScheduledJobColumns, ScheduledJobRepository, ScheduledJobRow } from '../scheduled-job-repository.js';
import { integerCell, textCell, truthCell } from './cells.js';
import type { SqliteConnection, SqlValue } from './sqlite-connection.js';

/** In the order in which `rowOf` takes them. */
const COLUMNS = `id, name, components_json, targets_json, schedule_type, start_ts, duration_stop_enabled, expiration,
  execution_context, credential_id, enabled, created_at, updated_at`;
const LIST = `SELECT ${COLUMNS} FROM scheduled_jobs ORDER BY created_at DESC, id`;
const LIST_RUNNABLE = `SELECT ${COLUMNS} FROM scheduled_jobs WHERE enabled = 1 AND id > ? ORDER BY id LIMIT ?`;
const FIND = `SELECT ${COLUMNS} FROM scheduled_jobs WHERE id = ?`;
const INSERT = `
  INSERT INTO scheduled_jobs (
    name, components_json, targets_json, schedule_type, start_ts, duration_stop_enabled, expiration, execution_context,
    credential_id, enabled, created_at, updated_at
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`;
const DELETE = 'DELETE FROM scheduled_jobs WHERE id = ?';

/** By field, in the order in which they are written. */
const COLUMN_NAMES: Readonly<Record<keyof ScheduledJobColumns, string>> = {
  name: 'name',
  components: 'components_json',
  targets: 'targets_json',
  scheduleType: 'schedule_type',
  start: 'start_ts',
  stopAfter: 'duration_stop_enabled',
  expiration: 'expiration',
  executionContext: 'execution_context',
  credentialId: 'credential_id',
  enabled: 'enabled',
};
const FIELDS = Object.keys(COLUMN_NAMES) as (keyof ScheduledJobColumns)[];

export class SqliteScheduledJobRepository implements ScheduledJobRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async list(): Promise<readonly ScheduledJobRow[]> {
    return this.#connection.cells(LIST).map(rowOf);
  }

  async listRunnable(afterId: bigint, most: number): Promise<readonly ScheduledJobRow[]> {
    return this.#connection.cells(LIST_RUNNABLE, afterId, most).map(rowOf);
  }

  async find(id: bigint): Promise<ScheduledJobRow | undefined> {
    return this.#connection.cells(FIND, id).map(rowOf)[0];
  }

  async insert(columns: ScheduledJobColumns, now: bigint): Promise<bigint> {
    const [[id = null] = []] = this.#connection.cells(
      INSERT,
      ...FIELDS.map((field) => cellOf(columns[field])),
      now,
      now,
    );
    return integerCell(id) ?? 0n;
  }

  async change(id: bigint, columns: Partial<ScheduledJobColumns>, now: bigint): Promise<boolean> {
    const fields = FIELDS.filter((field) => columns[field] !== undefined);
    const sets = [...fields.map((field) => `${COLUMN_NAMES[field]} = ?`), 'updated_at = ?'];
    const values = fields.map((field) => cellOf(columns[field] ?? null));
    const sql = `UPDATE scheduled_jobs SET ${sets.join(', ')} WHERE id = ?`;
    return this.#connection.run(sql, ...values, now, id) > 0;
  }

  async delete(id: bigint): Promise<boolean> {
    return this.#connection.run(DELETE, id) > 0;
  }
}

function cellOf(value: string | bigint | boolean | null): SqlValue {
  return typeof value === 'boolean' ? Number(value) : value;
}

function rowOf(cells: readonly SqlValue[]): ScheduledJobRow {
  const [id, name, components, targets, type, start, stopAfter, expiration, context, credential, enabled, ...times] =
    cells;
  return {
    id: integerCell(id) ?? 0n,
    name: textCell(name),
    components: textCell(components),
    targets: textCell(targets),
    scheduleType: textCell(type),
    start: integerCell(start),
    stopAfter: truthCell(stopAfter),
    expiration: textCell(expiration),
    executionContext: textCell(context),
    credentialId: integerCell(credential),
    enabled: truthCell(enabled),
    createdAt: integerCell(times[0]) ?? 0n,
    updatedAt: integerCell(times[1]) ?? 0n,
  };
}
