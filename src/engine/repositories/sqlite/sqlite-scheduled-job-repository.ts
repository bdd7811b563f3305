/** `scheduled_jobs` in SQLite. Rows are read cell by cell: their numbers have 64 bits. */
import type { SchedulerOwner } from '../../../legacy-bridge/scheduler/scheduler-protocol.js';
import type {
  OwnedJobRow,
  ScheduledJobColumns,
  ScheduledJobRepository,
  ScheduledJobRow,
} from '../scheduled-job-repository.js';
import { integerCell, textCell, truthCell } from './cells.js';
import { hasJobOwners } from './scheduler-schema.js';
import type { SqliteConnection, SqlValue } from './sqlite-connection.js';

/** In the order in which `rowOf` takes them. */
const COLUMNS = `id, name, components_json, targets_json, schedule_type, start_ts, duration_stop_enabled, expiration,
  execution_context, credential_id, created_at, updated_at`;
/** The column `enabled` of a job that is the engine's says nothing. */
const FROM_OWNED = `
  SELECT ${COLUMNS}, CASE WHEN o.job_id IS NULL THEN j.enabled ELSE o.enabled END, o.job_id, o.owned_since, o.is_new,
    o.behind_since
  FROM scheduled_jobs j LEFT JOIN engine_job_owners o ON o.job_id = j.id`;
/** Of a file without the engine's tables. */
const FROM_UNOWNED = `SELECT ${COLUMNS}, j.enabled, NULL, NULL, NULL, NULL FROM scheduled_jobs j`;
const NEWEST_FIRST = 'ORDER BY created_at DESC, id';
const ONE = 'WHERE id = ?';
const PAGE = 'WHERE id > ? ORDER BY id LIMIT ?';
const RUNNABLE: Readonly<Record<SchedulerOwner, string>> = {
  engine: 'WHERE o.enabled = 1 AND id > ? ORDER BY id LIMIT ?',
  legacy: 'WHERE o.job_id IS NULL AND j.enabled = 1 AND id > ? ORDER BY id LIMIT ?',
};
const RUNNABLE_UNOWNED = 'WHERE j.enabled = 1 AND id > ? ORDER BY id LIMIT ?';
const LIST_EXPIRATIONS = `
  SELECT o.job_id, j.expiration FROM engine_job_owners o JOIN scheduled_jobs j ON j.id = o.job_id
  WHERE o.job_id > ? AND COALESCE(j.expiration, '') NOT IN ('', 'no_expire') ORDER BY o.job_id LIMIT ?`;
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
  #hasOwners = false;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async list(): Promise<readonly ScheduledJobRow[]> {
    return this.#rows(NEWEST_FIRST);
  }

  async listRunnable(owner: SchedulerOwner, afterId: bigint, most: number): Promise<readonly OwnedJobRow[]> {
    if (this.#knowsOwners()) return this.#rows(RUNNABLE[owner], afterId, most);
    return owner === 'engine' ? [] : this.#rows(RUNNABLE_UNOWNED, afterId, most);
  }

  async listExpirations(afterId: bigint, most: number): Promise<readonly Pick<ScheduledJobRow, 'id' | 'expiration'>[]> {
    if (!this.#knowsOwners()) return [];
    const rows = this.#connection.cells(LIST_EXPIRATIONS, afterId, most);
    return rows.map(([id, expiration]) => ({ id: integerCell(id) ?? 0n, expiration: textCell(expiration) }));
  }

  async listOwners(afterId: bigint, most: number): Promise<readonly OwnedJobRow[]> {
    return this.#rows(PAGE, afterId, most);
  }

  async find(id: bigint): Promise<ScheduledJobRow | undefined> {
    return this.#rows(ONE, id)[0];
  }

  #rows(which: string, ...values: SqlValue[]): readonly OwnedJobRow[] {
    const from = this.#knowsOwners() ? FROM_OWNED : FROM_UNOWNED;
    return this.#connection.cells(`${from} ${which}`, ...values).map(rowOf);
  }

  #knowsOwners(): boolean {
    this.#hasOwners ||= hasJobOwners(this.#connection);
    return this.#hasOwners;
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

function rowOf(cells: readonly SqlValue[]): OwnedJobRow {
  const [id, name, components, targets, type, start, stopAfter, expiration, context, credential, ...others] = cells;
  const [createdAt, updatedAt, enabled, ownedId, ownedSince, isNew, behindSince] = others;
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
    createdAt: integerCell(createdAt) ?? 0n,
    updatedAt: integerCell(updatedAt) ?? 0n,
    owner: integerCell(ownedId) === null ? 'legacy' : 'engine',
    ownedSince: integerCell(ownedSince),
    isNew: truthCell(isNew),
    behindSince: integerCell(behindSince),
  };
}
