/** Scheduled jobs, their runs and what is shown of both (scheduler 2 to 4). Times are epoch seconds. */
import type { PythonValue } from '../../../legacy-bridge/values/python-value.js';

/** What a caller may set. */
export interface JobFields {
  readonly name: string;
  /** Any JSON; what is no script and no playbook is skipped when the job runs. */
  readonly components: PythonValue;
  /** A list, a text or an object; hosts are the texts, whole numbers and truth values of the list, the letters, or the keys. */
  readonly targets: PythonValue;
  /** In lower case, trimmed, unchecked. */
  readonly scheduleType: string;
  readonly start: bigint | null;
  readonly stopAfter: boolean;
  /** As given; `expirationSeconds` reads it. */
  readonly expiration: string;
  /** In lower case, trimmed, unchecked. */
  readonly executionContext: string;
  readonly credentialId: bigint | null;
  readonly enabled: boolean;
}

/** Fields that a caller changes; absent ones stay. */
export type JobChange = Partial<JobFields>;

/** How many targets of one occurrence have which status. */
export interface ResultCounts {
  readonly pending: number;
  readonly running: number;
  readonly success: number;
  readonly failed: number;
  readonly expired: number;
  readonly timedOut: number;
  readonly totalTargets: number;
}

/** A job as it is shown: what is stored, and what its runs and its schedule add. */
export interface ShownJob extends JobFields {
  readonly id: bigint;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
  readonly latestOccurrence: bigint | null;
  readonly lastStatus: string;
  readonly counts: ResultCounts;
  readonly nextRun: bigint | null;
}

export interface ShownRun {
  readonly id: bigint;
  readonly scheduledAt: bigint | null;
  readonly startedAt: bigint | null;
  readonly finishedAt: bigint | null;
  readonly status: string;
  readonly error: string;
}

/** What was run on one host for a job: an activity, and what of it is left. */
export interface ShownActivity {
  readonly activityId: bigint;
  readonly kind: string;
  readonly scriptType: string;
  readonly path: string;
  readonly name: string;
  readonly hasStdout: boolean;
  readonly hasStderr: boolean;
}

/** One target of one occurrence. */
export interface ShownTarget {
  readonly hostname: string;
  readonly online: boolean;
  /** Name of its site; empty for none. */
  readonly site: string;
  readonly status: string;
  readonly ranOn: bigint | null;
  readonly activities: readonly ShownActivity[];
}
