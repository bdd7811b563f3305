/** Results of jobs in SQLite. */
import type { JobResult } from '../../domain/job-result.js';
import type { ScheduledRunKey, ServerRunEnd } from '../../domain/playbook-run.js';
import type { JobResultRepository, RecapResult, RunEnd } from '../job-result-repository.js';
import { text } from './column-forms.js';
import { whileAtWork } from './engine-at-work.js';
import { hasJobOwners } from './scheduler-schema.js';
import type { SqliteConnection } from './sqlite-connection.js';

const STORE = 'UPDATE activity_history SET status = ?, stdout = ?, stderr = ? WHERE id = ?';
const HOSTNAME = `SELECT ${text('hostname')} FROM activity_history WHERE id = ?`;
const LINKED_RUN = `
  SELECT CAST(run_id AS TEXT) AS runId FROM scheduled_job_run_activity WHERE activity_id = ? AND typeof(run_id) = 'integer'
  ORDER BY rowid LIMIT 1`;
const RUNNING = "UPDATE scheduled_job_runs SET status = 'Running', updated_at = ? WHERE id = ?";
const FINISH = `
  UPDATE scheduled_job_runs SET status = ?, finished_ts = COALESCE(finished_ts, ?), updated_at = ? WHERE id = ?`;
const STORE_RECAP = `
  UPDATE activity_history SET status = COALESCE(?, status), stdout = COALESCE(?, stdout) WHERE id = ?`;
const STORE_END = 'UPDATE activity_history SET status = ?, stdout = ?, stderr = ?, ran_at = ? WHERE id = ?';
const BEGIN_RUN = `
  UPDATE scheduled_job_runs SET status = 'Running', started_ts = COALESCE(started_ts, ?), updated_at = ?
  WHERE id = ? AND job_id = ?`;
const END_RUN = `
  UPDATE scheduled_job_runs
  SET status = ?, error = COALESCE(?, error), finished_ts = COALESCE(?, finished_ts, ?), updated_at = ?
  WHERE id = ? AND job_id = ?`;

export class SqliteJobResultRepository implements JobResultRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async storeResult({ activityId, status, stdout, stderr }: JobResult): Promise<string | undefined> {
    this.#connection.run(STORE, status, stdout, stderr, activityId);
    return this.#connection.get<{ hostname: string | null }>(HOSTNAME, activityId)?.hostname ?? undefined;
  }

  async storeRecap({ activityId, status, stdout }: RecapResult): Promise<void> {
    if (status !== null || stdout !== null) this.#connection.run(STORE_RECAP, status, stdout, activityId);
  }

  async storeEnd(activityId: bigint, { status, stdout, stderr }: ServerRunEnd, now: bigint): Promise<void> {
    this.#connection.run(STORE_END, status, stdout, stderr, now, activityId);
  }

  async findLinkedRun(activityId: bigint): Promise<bigint | undefined> {
    const row = this.#connection.get<{ runId: string }>(LINKED_RUN, activityId);
    return row === undefined ? undefined : BigInt(row.runId);
  }

  async markRunning(runId: bigint, now: number): Promise<void> {
    this.#connection.run(RUNNING, now, runId);
  }

  async finishRun(runId: bigint, status: string, now: number): Promise<void> {
    this.#connection.run(FINISH, status, now, now, runId);
  }

  async beginRun({ jobId, runId }: ScheduledRunKey, startedAt: bigint, now: bigint): Promise<void> {
    this.#atWork(() => this.#connection.run(BEGIN_RUN, startedAt, now, runId, jobId));
  }

  async endRun({ jobId, runId }: ScheduledRunKey, { status, error, finishedAt }: RunEnd, now: bigint): Promise<void> {
    this.#atWork(() => this.#connection.run(END_RUN, status, error, finishedAt, now, now, runId, jobId));
  }

  /** A recap may name no activity: it is a word all the same, which the trigger against the legacy's clock can't know. */
  #atWork(work: () => number): void {
    if (hasJobOwners(this.#connection)) whileAtWork(this.#connection, work);
    else work();
  }
}
