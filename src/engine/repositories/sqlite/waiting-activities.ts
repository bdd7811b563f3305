/**
 * `engine_waiting_activities`, as jobs change hands: triggers keep it meanwhile (scheduler-schema.ts). All within the transaction that
 * moves the jobs, or makes the triggers.
 */
import type { SqliteConnection } from './sqlite-connection.js';

const HAS_ENDED = "LOWER(COALESCE(a.status, '')) <> 'running'";
const ENDED_BY_RECAP = `
  SELECT a.scheduled_run_id FROM ansible_play_recaps a WHERE a.scheduled_run_id IS NOT NULL AND ${HAS_ENDED}`;
const ADD = `
  INSERT OR IGNORE INTO engine_waiting_activities (activity_id, run_id)
  SELECT l.activity_id, l.run_id FROM engine_job_owners o
  JOIN scheduled_job_runs r ON r.job_id = o.job_id AND r.status = 'Running'
  JOIN scheduled_job_run_activity l ON l.run_id = r.id
  WHERE o.is_new = 1`;
const FORGET_ENDED = `
  DELETE FROM engine_waiting_activities
  WHERE run_id IN (${ENDED_BY_RECAP})
    OR run_id NOT IN (SELECT id FROM scheduled_job_runs WHERE status = 'Running')
    OR run_id IN (
      SELECT w.run_id FROM engine_waiting_activities w LEFT JOIN activity_history a ON a.id = w.activity_id WHERE ${HAS_ENDED}
    )`;
const FORGET_OF = `
  DELETE FROM engine_waiting_activities WHERE run_id IN (
    SELECT id FROM scheduled_job_runs WHERE status = 'Running' AND job_id IN (SELECT value FROM json_each(?))
  )`;
const FORGET_ALL = 'DELETE FROM engine_waiting_activities';

/** What runs of jobs that were taken just now: those that nobody has heard of yet are waited for. */
export function waitForTaken(connection: SqliteConnection): void {
  connection.run(ADD);
  forgetEnded(connection);
}

/** What ended while there were no triggers. */
export function forgetEnded(connection: SqliteConnection): void {
  connection.run(FORGET_ENDED);
}

/** @param jobIds a JSON list of jobs that go back */
export function waitNoMore(connection: SqliteConnection, jobIds: string): void {
  connection.run(FORGET_OF, jobIds);
}

/** As the triggers go. */
export function waitForNothing(connection: SqliteConnection): void {
  connection.run(FORGET_ALL);
}
