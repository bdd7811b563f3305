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

/** A run that is written as it begins, or as it ends without having begun. */
export interface NewRun {
  readonly jobId: bigint;
  readonly scheduledAt: bigint;
  readonly hostname: string;
  readonly status: 'Running' | 'Failed' | 'Expired';
  readonly startedAt: bigint | null;
  readonly finishedAt: bigint | null;
  readonly error: string | null;
}

/** A run that was there before a tick, for telling what that tick did. */
export interface EarlierRun {
  readonly hostname: string;
  readonly status: string;
  readonly startedAt: bigint | null;
  readonly updatedAt: bigint | null;
}

export interface ActivityLink {
  readonly runId: bigint;
  readonly activityId: bigint;
  readonly kind: string;
  readonly scriptType: string;
  readonly path: string;
  readonly name: string;
}

export interface RunningRun {
  readonly id: bigint;
  readonly startedAt: bigint;
}

/** Where a look at old runs, by age, stands. */
export interface RunAge {
  /** Its last known time; 0 for none. */
  readonly at: bigint;
  readonly id: bigint;
}

export interface OldRun extends RunAge {
  /** Whether it is the engine's to forget, and not of its job's latest occurrence: that one keeps hosts from being served it again. */
  readonly isForgettable: boolean;
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
  /** Hosts that have a run of this occurrence, whatever became of it. */
  listHosts(jobId: bigint, occurrence: bigint): Promise<ReadonlySet<string>>;
  countHosts(jobId: bigint, occurrence: bigint): Promise<number>;
  /** The greatest `scheduled_ts` among a job's runs that were written before a moment; null when there is none, and for 0. */
  latestOccurrenceBefore(jobId: bigint, moment: bigint): Promise<bigint | null>;
  /** Runs of an occurrence that were written before a moment, as they are now. */
  listWrittenBefore(jobId: bigint, occurrence: bigint, moment: bigint): Promise<readonly EarlierRun[]>;
  /** Runs of a job with exactly the status `Running` that have begun no later than this, oldest first. */
  listRunning(jobId: bigint, startedUntil: bigint, most: number): Promise<readonly RunningRun[]>;
  /**
   * Within a transaction.
   * @returns its id; undefined when there is a run of this job, occurrence and host, or the job is not the engine's to run (any more)
   */
  insertUnlessThere(run: NewRun, now: bigint): Promise<bigint | undefined>;
  linkActivity(link: ActivityLink, now: bigint): Promise<void>;
  /** Status `Timed Out`, unless its agent has answered meanwhile, or its job is no longer the engine's. @returns whether it is */
  timeOut(id: bigint, endedAt: bigint, now: bigint): Promise<boolean>;
  /**
   * Within the transaction that gives these jobs back, before it does: what the engine refused to begin in the latest occurrence of a
   * recurring one, `Failed` without an activity, is `Expired` from now on. The legacy would never leave the occurrence otherwise.
   */
  endRefusals(jobIds: readonly bigint[], now: bigint): Promise<void>;
  /** Runs of any job whose last known time is before this, oldest first, beyond this one. */
  listOlder(before: bigint, beyond: RunAge, most: number): Promise<readonly OldRun[]>;
  /** Those of these that are forgettable still; links stay. @returns how many */
  forget(ids: readonly bigint[]): Promise<number>;
  /** Runs before this occurrence, those without a time included; links stay. @returns how many */
  deleteBefore(jobId: bigint, occurrence: bigint): Promise<number>;
}
