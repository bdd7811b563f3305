/** What the legacy's routes and events write of jobs, on its own connection. */
import type Database from 'better-sqlite3';

export interface NewJob {
  readonly type: string;
  /** Epoch seconds. */
  readonly start: number;
  readonly targets: readonly string[];
  readonly enabled: boolean;
  readonly now: number;
}

const INSERT_JOB = `
  INSERT INTO scheduled_jobs (
    name, components_json, targets_json, schedule_type, start_ts, expiration, execution_context, enabled, created_at
  ) VALUES ('job', '[]', ?, ?, ?, 'no_expire', 'system', ?, ?)`;
const RUNNING = `
  SELECT l.run_id AS run, l.activity_id AS activity
  FROM scheduled_job_run_activity l JOIN scheduled_job_runs r ON r.id = l.run_id WHERE r.status = 'Running'`;
const CLOSE = `
  UPDATE scheduled_job_runs SET status = ?, finished_ts = COALESCE(finished_ts, ?), updated_at = ? WHERE id = ?`;

const INSERT_ENDED_RUN = `
  INSERT INTO scheduled_job_runs (
    job_id, target_hostname, scheduled_ts, started_ts, finished_ts, created_at, updated_at, status
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;

/** @returns its id */
export function insertJob(db: Database.Database, { type, start, targets, enabled, now }: NewJob): number {
  const values = [JSON.stringify(targets), type, start, Number(enabled), now];
  return Number(db.prepare(INSERT_JOB).run(...values).lastInsertRowid);
}

/** A run of an occurrence that is over. */
export function insertEndedRun(
  db: Database.Database,
  { job, host, occurrence, status }: { job: number; host: string; occurrence: number; status: string },
): void {
  const at = occurrence + 1;
  db.prepare(INSERT_ENDED_RUN).run(job, host, occurrence, at, at + 30, at, at + 30, status);
}

export function deleteJob(db: Database.Database, id: number): void {
  db.prepare('DELETE FROM scheduled_jobs WHERE id = ?').run(id);
}

export function toggleJob(db: Database.Database, id: number, enabled: boolean): void {
  db.prepare('UPDATE scheduled_jobs SET enabled = ?, updated_at = 1 WHERE id = ?').run(Number(enabled), id);
}

/** Agents report how a run ended. @param answer of the next one: its status, or that it says nothing yet */
export function answerRuns(db: Database.Database, now: number, answer: () => string | undefined): void {
  for (const { run, activity } of db.prepare(RUNNING).all() as { run: number; activity: number }[]) {
    const status = answer();
    if (status === undefined) continue;
    db.prepare('UPDATE activity_history SET status = ? WHERE id = ?').run(status, activity);
    db.prepare(CLOSE).run(status, now, now, run);
  }
}
