/** Results of jobs in SQLite. */
import type { JobResult } from '../../domain/job-result.js';
import type { JobResultRepository } from '../job-result-repository.js';
import { text } from './column-forms.js';
import type { SqliteConnection } from './sqlite-connection.js';

const STORE = 'UPDATE activity_history SET status = ?, stdout = ?, stderr = ? WHERE id = ?';
const HOSTNAME = `SELECT ${text('hostname')} FROM activity_history WHERE id = ?`;
const LINKED_RUN = `
  SELECT CAST(run_id AS TEXT) AS runId FROM scheduled_job_run_activity WHERE activity_id = ? AND typeof(run_id) = 'integer'
  ORDER BY rowid LIMIT 1`;
const RUNNING = "UPDATE scheduled_job_runs SET status = 'Running', updated_at = ? WHERE id = ?";
const FINISH = `
  UPDATE scheduled_job_runs SET status = ?, finished_ts = COALESCE(finished_ts, ?), updated_at = ? WHERE id = ?`;

export class SqliteJobResultRepository implements JobResultRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async storeResult({ activityId, status, stdout, stderr }: JobResult): Promise<string | undefined> {
    this.#connection.run(STORE, status, stdout, stderr, activityId);
    return this.#connection.get<{ hostname: string | null }>(HOSTNAME, activityId)?.hostname ?? undefined;
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
}
