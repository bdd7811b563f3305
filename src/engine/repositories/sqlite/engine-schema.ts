/**
 * What the engine has beside the legacy's tables: indexes that the scheduler needs, tables of who owns which job, one of the playbooks that
 * it is running, and one of the status of devices whose rows were deleted. A trigger keeps that one, so that it also knows what the legacy
 * deletes, and while no engine runs.
 * Additive: the legacy sees none of it.
 */
import { createSchedulerTables } from './scheduler-schema.js';
import type { SqliteConnection } from './sqlite-connection.js';

const KEPT_STATUS = `
  CREATE TABLE IF NOT EXISTS engine_kept_status (
    guid TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    kept_at INTEGER NOT NULL
  )`;

/** A row that was active when it went leaves nothing, and takes back what an earlier one left. */
const KEEP_STATUS = `
  CREATE TRIGGER IF NOT EXISTS engine_keep_status AFTER DELETE ON devices WHEN OLD.guid IS NOT NULL
  BEGIN
    DELETE FROM engine_kept_status WHERE guid = UPPER(OLD.guid);
    INSERT INTO engine_kept_status (guid, status, kept_at)
      SELECT UPPER(OLD.guid), OLD.status, CAST(strftime('%s', 'now') AS INTEGER)
      WHERE LOWER(TRIM(COALESCE(OLD.status, ''))) NOT IN ('', 'active');
  END`;

const SERVER_RUNS = `
  CREATE TABLE IF NOT EXISTS engine_server_runs (
    run_id TEXT PRIMARY KEY,
    begun_at INTEGER NOT NULL
  )`;
const SERVER_RUN_COLUMNS = "SELECT name FROM pragma_table_info('engine_server_runs')";
/** Engines before did not write them. */
const LATER_SERVER_RUN_COLUMNS = ['activity_id INTEGER', 'job_id INTEGER', 'scheduled_run_id INTEGER', 'owner TEXT'];

const HAS_KEPT_STATUS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'engine_kept_status'";

/** False on a file that the engine was told not to migrate. */
export function hasKeptStatus(connection: SqliteConnection): boolean {
  return connection.get(HAS_KEPT_STATUS) !== undefined;
}

/** Repeatable. Needs the tables of the legacy, and the write lock. */
export function createEngineSchema(connection: SqliteConnection): void {
  connection.exec(KEPT_STATUS);
  connection.exec(KEEP_STATUS);
  createServerRuns(connection);
  createSchedulerTables(connection);
}

function createServerRuns(connection: SqliteConnection): void {
  connection.exec(SERVER_RUNS);
  const columns = new Set(connection.all<{ name: string }>(SERVER_RUN_COLUMNS).map(({ name }) => name));
  for (const column of LATER_SERVER_RUN_COLUMNS)
    if (!columns.has(column.split(' ', 1)[0] ?? ''))
      connection.exec(`ALTER TABLE engine_server_runs ADD COLUMN ${column}`);
}
