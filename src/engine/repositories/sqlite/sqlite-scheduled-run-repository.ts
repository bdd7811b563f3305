/** `scheduled_job_runs` and their links in SQLite. */
import type { ShownActivity, ShownRun } from '../../domain/scheduling/scheduled-job.js';
import type {
  ActivityLink,
  EarlierRun,
  HostRun,
  NewRun,
  OldRun,
  RunAge,
  RunningRun,
  ScheduledRunRepository,
} from '../scheduled-run-repository.js';
import { integerCell, textCell, truthCell } from './cells.js';
import { whileAtWork } from './engine-at-work.js';
import type { SqliteConnection, SqlValue } from './sqlite-connection.js';

const LATEST = 'SELECT MAX(scheduled_ts) FROM scheduled_job_runs WHERE job_id = ?';
const LATEST_BEFORE = `
  SELECT scheduled_ts FROM scheduled_job_runs
  WHERE job_id = ? AND scheduled_ts IS NOT NULL AND COALESCE(created_at, 0) < ? ORDER BY scheduled_ts DESC LIMIT 1`;
const LIST_WRITTEN_BEFORE = `
  SELECT target_hostname, status, started_ts, updated_at FROM scheduled_job_runs
  WHERE job_id = ? AND scheduled_ts = ? AND COALESCE(created_at, 0) < ? AND target_hostname IS NOT NULL`;
const COUNT_STATUSES = `
  SELECT COALESCE(status, ''), COUNT(*) FROM scheduled_job_runs WHERE job_id = ? AND scheduled_ts = ? GROUP BY 1`;
const LIST = `
  SELECT id, scheduled_ts, started_ts, finished_ts, status, error FROM scheduled_job_runs
  WHERE job_id = ? AND COALESCE(finished_ts, started_ts, scheduled_ts, 0) >= ?
  ORDER BY COALESCE(started_ts, scheduled_ts, 0) DESC, id DESC LIMIT ?`;
const LIST_BY_HOST = `
  SELECT id, target_hostname, status, started_ts, finished_ts FROM scheduled_job_runs
  WHERE job_id = ? AND scheduled_ts = ? AND target_hostname IS NOT NULL ORDER BY id`;
const LIST_ACTIVITIES = `
  SELECT l.run_id, l.activity_id, l.component_kind, l.script_type, l.component_path, l.component_name,
    LENGTH(a.stdout), LENGTH(a.stderr)
  FROM scheduled_job_run_activity l LEFT JOIN activity_history a ON a.id = l.activity_id
  WHERE l.run_id = ? ORDER BY l.id`;
const LIST_HOSTS = `
  SELECT DISTINCT target_hostname FROM scheduled_job_runs
  WHERE job_id = ? AND scheduled_ts = ? AND target_hostname IS NOT NULL`;
const COUNT_HOSTS = `
  SELECT COUNT(DISTINCT target_hostname) FROM scheduled_job_runs WHERE job_id = ? AND scheduled_ts = ?`;
const LIST_RUNNING = `
  SELECT id, started_ts FROM scheduled_job_runs
  WHERE status = 'Running' AND job_id = ? AND started_ts <= ? ORDER BY started_ts LIMIT ?`;
const INSERT_UNLESS_THERE = `
  INSERT INTO scheduled_job_runs (
    job_id, target_hostname, scheduled_ts, started_ts, finished_ts, status, error, created_at, updated_at
  ) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?
  WHERE NOT EXISTS (
    SELECT 1 FROM scheduled_job_runs WHERE job_id = ? AND scheduled_ts = ? AND target_hostname = ?
  ) AND EXISTS (SELECT 1 FROM engine_job_owners WHERE job_id = ? AND enabled = 1) RETURNING id`;
const LINK = `
  INSERT INTO scheduled_job_run_activity (
    run_id, activity_id, component_kind, script_type, component_path, component_name, created_at
  ) VALUES (?, ?, ?, ?, ?, ?, ?)`;
/** The legacy's clock ends no run that is waited for (scheduler-schema.ts). */
const WAIT = 'INSERT OR REPLACE INTO engine_waiting_activities (activity_id, run_id) VALUES (?, ?)';
const TIME_OUT = `
  UPDATE scheduled_job_runs SET status = 'Timed Out', finished_ts = COALESCE(finished_ts, ?), updated_at = ?
  WHERE id = ? AND status = 'Running' AND job_id IN (SELECT job_id FROM engine_job_owners)`;
/** Of runs that were there before the engine took the job, none. */
const END_REFUSALS = `
  UPDATE scheduled_job_runs SET status = 'Expired', updated_at = ? WHERE id IN (
    SELECT r.id FROM engine_job_owners o
    JOIN scheduled_jobs j ON j.id = o.job_id AND LOWER(TRIM(j.schedule_type)) NOT IN ('', 'once', 'immediately')
    JOIN scheduled_job_runs r ON r.job_id = o.job_id
      AND r.scheduled_ts = (SELECT MAX(l.scheduled_ts) FROM scheduled_job_runs l WHERE l.job_id = o.job_id)
    WHERE o.job_id IN (SELECT value FROM json_each(?)) AND r.status = 'Failed'
      AND COALESCE(r.created_at, 0) >= COALESCE(o.owned_since, 0)
      AND NOT EXISTS (SELECT 1 FROM scheduled_job_run_activity WHERE run_id = r.id)
  )`;
/** The engine forgets those of its own jobs; those of deleted ones are the main owner's. */
const FORGETTABLE = `(
    r.job_id IN (SELECT job_id FROM engine_job_owners) AND (
      r.scheduled_ts IS NULL
      OR r.scheduled_ts < (SELECT MAX(l.scheduled_ts) FROM scheduled_job_runs l WHERE l.job_id = r.job_id)
    ) OR (SELECT owner FROM engine_scheduler) = 'engine' AND r.job_id NOT IN (SELECT id FROM scheduled_jobs)
  )`;
const AGE = 'COALESCE(r.finished_ts, r.started_ts, r.scheduled_ts, 0)';
const LIST_OLDER = `
  SELECT ${AGE}, r.id, ${FORGETTABLE} FROM scheduled_job_runs r
  WHERE ${AGE} < ? AND ${AGE} >= ? AND (${AGE} > ? OR r.id > ?) ORDER BY ${AGE}, r.id LIMIT ?`;
const FORGET = `
  DELETE FROM scheduled_job_runs WHERE id IN (
    SELECT r.id FROM scheduled_job_runs r WHERE r.id IN (SELECT value FROM json_each(?)) AND ${FORGETTABLE}
  )`;
const DELETE_BEFORE = 'DELETE FROM scheduled_job_runs WHERE job_id = ? AND COALESCE(scheduled_ts, 0) < ?';

/** Asked each minute, of a table that may have millions of rows: neither may read it whole. */
export const MINUTELY_QUERIES: readonly string[] = [LIST_RUNNING, LIST_OLDER, FORGET];

export class SqliteScheduledRunRepository implements ScheduledRunRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async latestOccurrence(jobId: bigint): Promise<bigint | null> {
    const [[latest = null] = []] = this.#connection.cells(LATEST, jobId);
    return integerCell(latest) || null;
  }

  async countStatuses(jobId: bigint, occurrence: bigint): Promise<ReadonlyMap<string, number>> {
    const rows = this.#connection.cells(COUNT_STATUSES, jobId, occurrence);
    return new Map(rows.map(([status, count]) => [textCell(status), Number(count)]));
  }

  async list(jobId: bigint, since: bigint, most: number): Promise<readonly ShownRun[]> {
    return this.#connection
      .cells(LIST, jobId, since, most)
      .map(([id, scheduled, started, finished, status, error]) => ({
        id: integerCell(id) ?? 0n,
        scheduledAt: integerCell(scheduled),
        startedAt: integerCell(started),
        finishedAt: integerCell(finished),
        status: textCell(status),
        error: textCell(error),
      }));
  }

  async listByHost(jobId: bigint, occurrence: bigint): Promise<ReadonlyMap<string, HostRun>> {
    const runs = this.#connection.cells(LIST_BY_HOST, jobId, occurrence).map(hostRun);
    return new Map(runs.map((run) => [run.hostname, run]));
  }

  async listActivities(runIds: readonly bigint[]): Promise<ReadonlyMap<bigint, readonly ShownActivity[]>> {
    const of = (runId: bigint) => this.#connection.cells(LIST_ACTIVITIES, runId).map(activity);
    return new Map(runIds.map((runId) => [runId, of(runId)]));
  }

  async listHosts(jobId: bigint, occurrence: bigint): Promise<ReadonlySet<string>> {
    return new Set(this.#connection.cells(LIST_HOSTS, jobId, occurrence).map(([hostname]) => textCell(hostname)));
  }

  async countHosts(jobId: bigint, occurrence: bigint): Promise<number> {
    return Number(this.#connection.cells(COUNT_HOSTS, jobId, occurrence)[0]?.[0] ?? 0);
  }

  async latestOccurrenceBefore(jobId: bigint, moment: bigint): Promise<bigint | null> {
    const [[latest = null] = []] = this.#connection.cells(LATEST_BEFORE, jobId, moment);
    return integerCell(latest) || null;
  }

  async listWrittenBefore(jobId: bigint, occurrence: bigint, moment: bigint): Promise<readonly EarlierRun[]> {
    const rows = this.#connection.cells(LIST_WRITTEN_BEFORE, jobId, occurrence, moment);
    return rows.map(([hostname, status, started, updated]) => ({
      hostname: textCell(hostname),
      status: textCell(status),
      startedAt: integerCell(started),
      updatedAt: integerCell(updated),
    }));
  }

  async listRunning(jobId: bigint, startedUntil: bigint, most: number): Promise<readonly RunningRun[]> {
    return this.#connection.cells(LIST_RUNNING, jobId, startedUntil, most).map(([id, started]) => ({
      id: integerCell(id) ?? 0n,
      startedAt: integerCell(started) ?? 0n,
    }));
  }

  async insertUnlessThere(run: NewRun, now: bigint): Promise<bigint | undefined> {
    const { jobId, hostname, scheduledAt, startedAt, finishedAt, status, error } = run;
    const row = [jobId, hostname, scheduledAt, startedAt, finishedAt, status, error, now, now];
    const key = [jobId, scheduledAt, hostname];
    return whileAtWork(this.#connection, () => {
      const [[id = null] = []] = this.#connection.cells(INSERT_UNLESS_THERE, ...row, ...key, jobId);
      return integerCell(id) ?? undefined;
    });
  }

  async linkActivity({ runId, activityId, kind, scriptType, path, name }: ActivityLink, now: bigint): Promise<void> {
    this.#connection.run(LINK, runId, activityId, kind, scriptType, path, name, now);
    this.#connection.run(WAIT, activityId, runId);
  }

  async timeOut(id: bigint, endedAt: bigint, now: bigint): Promise<boolean> {
    return whileAtWork(this.#connection, () => this.#connection.run(TIME_OUT, endedAt, now, id)) > 0;
  }

  async endRefusals(jobIds: readonly bigint[], now: bigint): Promise<void> {
    this.#connection.run(END_REFUSALS, now, `[${jobIds.join()}]`);
  }

  async listOlder(before: bigint, beyond: RunAge, most: number): Promise<readonly OldRun[]> {
    const rows = this.#connection.cells(LIST_OLDER, before, beyond.at, beyond.at, beyond.id, most);
    return rows.map(([at, id, isForgettable]) => ({
      at: integerCell(at) ?? 0n,
      id: integerCell(id) ?? 0n,
      isForgettable: truthCell(isForgettable),
    }));
  }

  async forget(ids: readonly bigint[]): Promise<number> {
    return this.#connection.run(FORGET, `[${ids.join()}]`);
  }

  async deleteBefore(jobId: bigint, occurrence: bigint): Promise<number> {
    return this.#connection.run(DELETE_BEFORE, jobId, occurrence);
  }
}

function hostRun([id, hostname, status, started, finished]: readonly SqlValue[]): HostRun {
  return {
    id: integerCell(id) ?? 0n,
    hostname: textCell(hostname),
    status: textCell(status),
    startedAt: integerCell(started),
    finishedAt: integerCell(finished),
  };
}

function activity([, id, kind, type, path, name, stdout, stderr]: readonly SqlValue[]): ShownActivity {
  return {
    activityId: integerCell(id) ?? 0n,
    kind: textCell(kind),
    scriptType: textCell(type),
    path: textCell(path),
    name: textCell(name),
    hasStdout: truthCell(stdout),
    hasStderr: truthCell(stderr),
  };
}
