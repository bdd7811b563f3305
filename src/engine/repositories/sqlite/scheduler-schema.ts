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
 * `engine_waiting_activities` has those of open runs of which nobody has heard a word yet; the first one of any frees the whole run.
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
  CREATE TABLE IF NOT EXISTS engine_job_owners (
    job_id INTEGER PRIMARY KEY,
    enabled,
    owned_since INTEGER,
    is_new INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS engine_waiting_activities (
    activity_id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS engine_waiting_by_run ON engine_waiting_activities (run_id)`;
const HAS_OWNER = 'SELECT 1 FROM engine_scheduler WHERE id = 1';
const FIRST_OWNER = "INSERT INTO engine_scheduler (id, owner) VALUES (1, 'legacy')";

/**
 * What the scheduler asks for each minute: the runs that are open, and those that are old. The legacy's runs may be millions, and
 * have no index for either.
 */
const RUN_INDEXES = [
  "CREATE INDEX IF NOT EXISTS engine_runs_open ON scheduled_job_runs (job_id, started_ts) WHERE status = 'Running'",
  `CREATE INDEX IF NOT EXISTS engine_runs_by_age
    ON scheduled_job_runs (COALESCE(finished_ts, started_ts, scheduled_ts, 0))`,
];

/** Which older builds made the tables without. */
const LATER_COLUMNS: readonly (readonly [table: string, column: string])[] = [
  ['engine_job_owners', 'behind_since'],
  ['engine_job_owners', 'pending_since'],
  ['engine_job_owners', 'gone_since'],
  ['engine_scheduler', 'stuck_ticks'],
];

const NOT_AT_WORK = '(SELECT at_work FROM engine_scheduler) IS NOT 1';
const FORGET_RUN = 'DELETE FROM engine_waiting_activities WHERE run_id =';
const FORGET_RUN_OF = `${FORGET_RUN} (SELECT run_id FROM engine_waiting_activities WHERE activity_id =`;
const hasEnded = (row: string): string => `LOWER(COALESCE(${row}.status, '')) <> 'running'`;
const owned = (jobId: string): string => `EXISTS (SELECT 1 FROM engine_job_owners WHERE job_id = ${jobId})`;

/**
 * None names a table of the legacy but the one that it hangs on: a release of the legacy that makes any of them anew (a new table, the
 * old one dropped, the new one renamed) would fail on a trigger that asks it. Such triggers go with the table, and the next tick makes
 * them again.
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
  // Before: where foreign keys are enforced, its runs go with it, and nothing may keep them then.
  engine_job_gone: `BEFORE DELETE ON scheduled_jobs
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
      AND EXISTS (SELECT 1 FROM engine_waiting_activities WHERE run_id = OLD.id)
  BEGIN
    SELECT RAISE(IGNORE);
  END`,
  engine_word_heard: `AFTER UPDATE OF status ON activity_history WHEN ${hasEnded('NEW')}
  BEGIN
    ${FORGET_RUN_OF} NEW.id);
  END`,
  engine_word_lost: `AFTER DELETE ON activity_history
  BEGIN
    ${FORGET_RUN_OF} OLD.id);
  END`,
  engine_recap_made: `AFTER INSERT ON ansible_play_recaps WHEN NEW.scheduled_run_id IS NOT NULL AND ${hasEnded('NEW')}
  BEGIN
    ${FORGET_RUN} NEW.scheduled_run_id;
  END`,
  engine_recap_changed: `AFTER UPDATE ON ansible_play_recaps WHEN NEW.scheduled_run_id IS NOT NULL AND ${hasEnded('NEW')}
  BEGIN
    ${FORGET_RUN} NEW.scheduled_run_id;
  END`,
  engine_run_over: `AFTER UPDATE OF status ON scheduled_job_runs WHEN NEW.status IS NOT 'Running'
  BEGIN
    ${FORGET_RUN} NEW.id;
  END`,
  engine_run_gone: `AFTER DELETE ON scheduled_job_runs
  BEGIN
    ${FORGET_RUN} OLD.id;
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

/** Repeatable: with a table of the legacy that was made anew its indexes are gone. Needs those tables, and the write lock. */
export function createSchedulerTables(connection: SqliteConnection): void {
  connection.exec(TABLES);
  // Looked for first: an insert takes the write lock though it inserts nothing.
  if (connection.get(HAS_OWNER) === undefined) connection.exec(FIRST_OWNER);
  for (const index of RUN_INDEXES) connection.exec(index);
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
