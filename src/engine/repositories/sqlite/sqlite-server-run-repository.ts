/** `engine_server_runs` in SQLite. On a file that the engine was told not to migrate there is none, and nothing is noted. */
import type { NotedServerRun, ServerRunRows } from '../../domain/playbook-run.js';
import type { ServerRunRepository } from '../server-run-repository.js';
import { integerCell, textCell } from './cells.js';
import type { SqliteConnection, SqlValue } from './sqlite-connection.js';

/** As the engine of today makes it. */
const HAS_TABLE = "SELECT 1 FROM pragma_table_info('engine_server_runs') WHERE name = 'owner'";
const NOTE = `
  INSERT INTO engine_server_runs (run_id, activity_id, job_id, scheduled_run_id, owner, begun_at)
  VALUES (?, ?, ?, ?, ?, ?)`;
const LIST = `
  SELECT run_id, activity_id, job_id, scheduled_run_id, owner FROM engine_server_runs ORDER BY begun_at, run_id`;
const FORGET = 'DELETE FROM engine_server_runs WHERE run_id = ?';

export class SqliteServerRunRepository implements ServerRunRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async note({ runId, activityId, scheduled }: ServerRunRows, owner: string, now: bigint): Promise<void> {
    if (!this.#hasTable()) return;
    this.#connection.run(NOTE, runId, activityId, scheduled?.jobId ?? null, scheduled?.runId ?? null, owner, now);
  }

  async list(): Promise<readonly NotedServerRun[]> {
    return this.#hasTable() ? this.#connection.cells(LIST).map(notedOf) : [];
  }

  async forget(runId: string): Promise<void> {
    if (this.#hasTable()) this.#connection.run(FORGET, runId);
  }

  #hasTable(): boolean {
    return this.#connection.get(HAS_TABLE) !== undefined;
  }
}

function notedOf([runId, activityId, job, run, owner]: readonly SqlValue[]): NotedServerRun {
  const [jobId, scheduledRunId] = [integerCell(job), integerCell(run)];
  return {
    runId: textCell(runId),
    activityId: integerCell(activityId),
    scheduled: jobId === null || scheduledRunId === null ? undefined : { jobId, runId: scheduledRunId },
    owner: textCell(owner) || null,
  };
}
