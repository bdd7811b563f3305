/** What results of jobs change: rows of `activity_history`, and the runs linked to them. */
import type { JobResult } from '../domain/job-result.js';
import type { ScheduledRunKey, ServerRunEnd } from '../domain/playbook-run.js';
import type { RecapText } from '../domain/recap.js';

/** What a recap says of its activity. Null: not said. */
export interface RecapResult {
  readonly activityId: bigint;
  readonly status: string | null;
  readonly stdout: RecapText | null;
}

/** Of a run that is over. */
export interface RunEnd {
  readonly status: string;
  /** Null leaves what is there. */
  readonly error: string | null;
  /** Epoch seconds; null: as it was, else now. */
  readonly finishedAt: bigint | null;
}

export interface JobResultRepository {
  /** Writes status and outputs of the activity. @returns its hostname, or undefined when there is no such activity or no hostname */
  storeResult(result: JobResult): Promise<string | undefined>;
  storeRecap(result: RecapResult): Promise<void>;
  /** Writes how a run on the server ended, and when. @param now epoch seconds */
  storeEnd(activityId: bigint, end: ServerRunEnd, now: bigint): Promise<void>;
  /** The run that the activity is linked to. Ids are SQLite's. */
  findLinkedRun(activityId: bigint): Promise<bigint | undefined>;
  /** @param now epoch seconds */
  markRunning(runId: bigint, now: number): Promise<void>;
  /** Sets the run's status, and when it finished unless that is known. @param now epoch seconds */
  finishRun(runId: bigint, status: string, now: number): Promise<void>;
  /** Status `Running`, unless there is no such run of that job. @param startedAt epoch seconds; kept where one is known */
  beginRun(key: ScheduledRunKey, startedAt: bigint, now: bigint): Promise<void>;
  /** The same for its end, whatever the run was before. */
  endRun(key: ScheduledRunKey, end: RunEnd, now: bigint): Promise<void>;
}
