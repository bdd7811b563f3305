/**
 * What keeps each scheduled job with one scheduler: two tables, and triggers that hold in every transaction of either side.
 * The legacy sees `enabled` cleared on a job that is the engine's; what anybody writes there goes to the engine's table instead.
 * docs/decisions/handover-by-triggers.md. Triggers are there only while the engine owns a job, or any that may yet be made.
 */
import type { SqliteConnection } from './sqlite-connection.js';

/**
 * `at_work` is 1 only inside of the engine's own transactions, where the triggers stand aside: nobody else ever sees it. `enabled` has
 * no type, so that it is kept as it was. `owned_since`: null for jobs that were made while the engine owned all. `is_new` is 1 from the
 * taking of a job to the end of the first tick that looked at it, in whichever process.
 * Later columns, null as a rule. `behind_since`: the first minute that could not be looked at; `pending_since`: when it was first wished
 * to go back; `gone_since`: when its job was first missed; `stuck_ticks`: ticks that began with jobs that should long have gone back,
 * since one came to its end.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS engine_scheduler (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    owner TEXT NOT NULL,
    at_work INTEGER NOT NULL DEFAULT 0,
    last_minute INTEGER
  );
  INSERT OR IGNORE INTO engine_scheduler (id, owner) VALUES (1, 'legacy');
  CREATE TABLE IF NOT EXISTS engine_job_owners (
    job_id INTEGER PRIMARY KEY,
    enabled,
    owned_since INTEGER,
    is_new INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX IF NOT EXISTS engine_recaps_by_run ON ansible_play_recaps (scheduled_run_id)
    WHERE scheduled_run_id IS NOT NULL`;

/** Which older builds made the tables without. */
const LATER_COLUMNS: readonly (readonly [table: string, column: string])[] = [
  ['engine_job_owners', 'behind_since'],
  ['engine_job_owners', 'pending_since'],
  ['engine_job_owners', 'gone_since'],
  ['engine_scheduler', 'stuck_ticks'],
];

const NOT_AT_WORK = '(SELECT at_work FROM engine_scheduler) IS NOT 1';
const owned = (jobId: string): string => `EXISTS (SELECT 1 FROM engine_job_owners WHERE job_id = ${jobId})`;

/**
 * ROLLBACK, not ABORT: a connection that swallows the error must not go on holding the lock. The column of an owned job is always 0,
 * so a trigger's own clearing is told from an edit by the value before it, with recursive triggers too.
 */
const OWNERSHIP_TRIGGERS: Readonly<Record<string, string>> = {
  engine_job_enabled: `AFTER UPDATE OF enabled ON scheduled_jobs
    WHEN OLD.enabled IS 0 AND ${NOT_AT_WORK} AND ${owned('NEW.id')}
  BEGIN
    UPDATE engine_job_owners SET enabled = NEW.enabled WHERE job_id = NEW.id;
    UPDATE scheduled_jobs SET enabled = 0 WHERE id = NEW.id AND enabled IS NOT 0;
  END`,
  // A table that is made anew gets its jobs back as the legacy saw them, cleared: their owners' rows know better.
  engine_job_made: `AFTER INSERT ON scheduled_jobs WHEN (SELECT owner FROM engine_scheduler) = 'engine'
  BEGIN
    UPDATE engine_job_owners SET enabled = NEW.enabled WHERE job_id = NEW.id AND NEW.enabled IS NOT 0;
    INSERT INTO engine_job_owners (job_id, enabled)
      SELECT NEW.id, NEW.enabled WHERE NEW.id NOT IN (SELECT job_id FROM engine_job_owners);
    UPDATE scheduled_jobs SET enabled = 0 WHERE id = NEW.id AND enabled IS NOT 0;
  END`,
  engine_job_gone: `AFTER DELETE ON scheduled_jobs
  BEGIN
    DELETE FROM engine_job_owners WHERE job_id = OLD.id;
  END`,
  engine_run_owned: `BEFORE INSERT ON scheduled_job_runs WHEN ${NOT_AT_WORK} AND ${owned('NEW.job_id')}
  BEGIN
    SELECT RAISE(ROLLBACK, 'this job belongs to the engine');
  END`,
  // The legacy forgets old runs host by host. Those of the latest occurrence keep a host from being served it again.
  engine_run_kept: `BEFORE DELETE ON scheduled_job_runs
    WHEN ${NOT_AT_WORK} AND ${owned('OLD.job_id')}
      AND OLD.scheduled_ts = (SELECT MAX(scheduled_ts) FROM scheduled_job_runs WHERE job_id = OLD.job_id)
  BEGIN
    SELECT RAISE(IGNORE);
  END`,
  // The legacy ends what runs by its clock. A result is in the activity, or in the recap of a playbook, before it comes to the run;
  // the clock asks neither.
  engine_run_by_clock: `BEFORE UPDATE OF status ON scheduled_job_runs
    WHEN OLD.status = 'Running' AND NEW.status IN ('Success', 'Timed Out') AND ${NOT_AT_WORK} AND ${owned('OLD.job_id')}
      AND EXISTS (SELECT 1 FROM scheduled_job_run_activity WHERE run_id = OLD.id)
      AND NOT EXISTS (
        SELECT 1 FROM scheduled_job_run_activity l LEFT JOIN activity_history a ON a.id = l.activity_id
        WHERE l.run_id = OLD.id AND LOWER(COALESCE(a.status, '')) <> 'running'
      )
      AND NOT EXISTS (
        SELECT 1 FROM ansible_play_recaps
        WHERE scheduled_run_id = OLD.id AND LOWER(COALESCE(status, '')) <> 'running'
      )
  BEGIN
    SELECT RAISE(IGNORE);
  END`,
};

/**
 * Stays when the last job has gone back. A tick of the legacy looks for a run and writes it in two steps: a job that was taken, served
 * and given back between them would get a second one.
 */
const RUN_ONCE = `BEFORE INSERT ON scheduled_job_runs
    WHEN EXISTS (
      SELECT 1 FROM scheduled_job_runs
      WHERE job_id = NEW.job_id AND scheduled_ts = NEW.scheduled_ts AND target_hostname = NEW.target_hostname
    )
  BEGIN
    SELECT RAISE(ROLLBACK, 'this host has a run of this occurrence');
  END`;
const TRIGGERS: Readonly<Record<string, string>> = { ...OWNERSHIP_TRIGGERS, engine_run_once: RUN_ONCE };

const STORED_TRIGGERS =
  "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'engine\\_%' ESCAPE '\\'";
const HAS_OWNERS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'engine_job_owners'";

/** Repeatable. Needs the tables of the legacy, and the write lock. */
export function createSchedulerTables(connection: SqliteConnection): void {
  connection.exec(TABLES);
  for (const [table, column] of LATER_COLUMNS)
    if (connection.get(`SELECT 1 FROM pragma_table_info('${table}') WHERE name = '${column}'`) === undefined)
      connection.exec(`ALTER TABLE ${table} ADD COLUMN ${column} INTEGER`);
}

/** False on a file that the engine was told not to migrate, until it takes a job. */
export function hasJobOwners(connection: SqliteConnection): boolean {
  return connection.get(HAS_OWNERS) !== undefined;
}

/** Within a transaction. @returns names of those that were missing, or of another release */
export function ensureOwnershipTriggers(connection: SqliteConnection): readonly string[] {
  const stored = new Map(
    connection.all<{ name: string; sql: string }>(STORED_TRIGGERS).map(({ name, sql }) => [name, sql]),
  );
  const wrong = Object.keys(TRIGGERS).filter((name) => stored.get(name) !== textOf(name));
  for (const name of wrong) connection.exec(`DROP TRIGGER IF EXISTS ${name}; ${textOf(name)}`);
  return wrong;
}

/** Within the transaction that gives the last job back. */
export function dropOwnershipTriggers(connection: SqliteConnection): void {
  for (const name of Object.keys(OWNERSHIP_TRIGGERS)) connection.exec(`DROP TRIGGER IF EXISTS ${name}`);
}

/** As SQLite keeps it. */
function textOf(name: string): string {
  return `CREATE TRIGGER ${name} ${TRIGGERS[name]}`;
}
