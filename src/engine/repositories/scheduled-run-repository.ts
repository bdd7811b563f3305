/** Rows of `scheduled_job_runs` and `scheduled_job_run_activity`. Times are epoch seconds. Jobs are not looked up. */
import type { ShownActivity, ShownRun } from '../domain/scheduling/scheduled-job.js';

/** What was last written of one host in one occurrence. */
export interface HostRun {
  readonly id: bigint;
  readonly hostname: string;
  readonly status: string;
  readonly startedAt: bigint | null;
  readonly finishedAt: bigint | null;
}

export interface ScheduledRunRepository {
  /** The greatest `scheduled_ts` of a job's runs; null when there is none, and for 0. */
  latestOccurrence(jobId: bigint): Promise<bigint | null>;
  /** Rows of an occurrence by status; rows without one count as empty. */
  countStatuses(jobId: bigint, occurrence: bigint): Promise<ReadonlyMap<string, number>>;
  /** Runs whose last known time is not before `since`, newest first. */
  list(jobId: bigint, since: bigint, most: number): Promise<readonly ShownRun[]>;
  /** The newest row of each host. */
  listByHost(jobId: bigint, occurrence: bigint): Promise<ReadonlyMap<string, HostRun>>;
  /** By run, in order of their ids. */
  listActivities(runIds: readonly bigint[]): Promise<ReadonlyMap<bigint, readonly ShownActivity[]>>;
  /** Runs before this occurrence, those without a time included; links stay. @returns how many */
  deleteBefore(jobId: bigint, occurrence: bigint): Promise<number>;
}
