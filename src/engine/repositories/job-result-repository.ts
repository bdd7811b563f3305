/** What results of jobs change: rows of `activity_history`, and the runs linked to them. */
import type { JobResult } from '../domain/job-result.js';

export interface JobResultRepository {
  /** Writes status and outputs of the activity. @returns its hostname, or undefined when there is no such activity or no hostname */
  storeResult(result: JobResult): Promise<string | undefined>;
  /** The run that the activity is linked to. Ids are SQLite's. */
  findLinkedRun(activityId: bigint): Promise<bigint | undefined>;
  /** @param now epoch seconds */
  markRunning(runId: bigint, now: number): Promise<void>;
  /** Sets the run's status, and when it finished unless that is known. @param now epoch seconds */
  finishRun(runId: bigint, status: string, now: number): Promise<void>;
}
