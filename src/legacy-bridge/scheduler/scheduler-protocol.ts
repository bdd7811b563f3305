/**
 * What facade and engine say to each other of the scheduler, as JSON over the engine's internal socket. All times are epoch seconds,
 * all minutes full ones. docs/decisions/handover-by-triggers.md tells why a job has one owner at a time.
 */

/** Whose scheduler dispatches a job. */
export type SchedulerOwner = 'legacy' | 'engine';

/** Part `scheduler` of `PUT /engine/internal/background`. It replaces what was said before, so that repeating it does no harm. */
export interface SchedulerWish {
  /** Of all jobs that `jobs` does not name, those that are yet to be made included. */
  readonly owner: SchedulerOwner;
  /** By id; ids of no job are passed over. */
  readonly jobs: Readonly<Record<string, SchedulerOwner>>;
}

/** Part `scheduler` of the answers to GET and PUT. */
export interface SchedulerState extends SchedulerWish {
  /** False: the engine was told nothing yet, and neither ticks nor takes; `owner` and `jobs` then tell what the database says. */
  readonly told: boolean;
  /** Jobs that are the engine's by the database, whoever they are wished to be. */
  readonly owned_jobs: number;
  /** Jobs that are still the engine's and go back after its next tick: within two minutes as long as ticks succeed. */
  readonly pending_hand_back: boolean;
  /** The last one that the engine ticked for; null when it never did. */
  readonly last_minute: number | null;
  /**
   * Jobs that went back since the engine started and rest at the legacy for good, by what their latest occurrence came to when they
   * went (F5, F6). Absent from engines of older builds.
   */
  readonly resting_jobs?: readonly number[];
}

/** Body of `PUT /engine/internal/background`. Answered with 200 once all is taken that is to be taken; 503 when the database is busy. */
export interface BackgroundWish {
  /** Names of tasks; `scheduler` among them as long as any job is or may be the engine's. */
  readonly owned: readonly string[];
  /** Default: all jobs are the engine's if `owned` names `scheduler`, else none. */
  readonly scheduler?: SchedulerWish;
}

/** Answer to `PUT` and `GET /engine/internal/background`. */
export interface BackgroundState {
  /** Names of the tasks that this engine has. */
  readonly tasks: readonly string[];
  readonly owned: readonly string[];
  readonly scheduler: SchedulerState;
}

/** One of `jobs` in the answer to `GET /engine/internal/scheduler/jobs?after=ID&limit=N`, in order of ids. */
export interface SchedulerJob {
  readonly id: number;
  readonly name: string;
  /** As operators mean it, whoever owns the job. */
  readonly enabled: boolean;
  readonly owner: SchedulerOwner;
  readonly schedule_type: string;
  readonly start_ts: number | null;
  /** By each side's reading of the schedule; `enabled` plays no part. */
  readonly next_run_engine: number | null;
  readonly next_run_legacy: number | null;
  readonly last_occurrence: number | null;
  readonly last_status: string;
  /** Of the last occurrence. */
  readonly counts: {
    readonly pending: number;
    readonly running: number;
    readonly success: number;
    readonly failed: number;
    readonly expired: number;
    readonly timed_out: number;
  };
  readonly targets: number;
  /** How the two readings differ for this job, in words; null: they do not. */
  readonly disagreement: string | null;
}

export interface SchedulerJobs {
  readonly jobs: readonly SchedulerJob[];
  /** `after` of the next page; null: there is none. */
  readonly next: number | null;
}

/** Body of `POST /engine/internal/scheduler/shadow`. */
export interface ShadowTickRequest {
  /** At most two minutes ago. */
  readonly minute: number;
}

/** A run that one reading writes in a tick. */
export interface ShadowRun {
  readonly job: number;
  readonly host: string;
  readonly occurrence: number;
  readonly status: 'Running' | 'Expired' | 'Failed';
}

/** A run that only one of the readings writes, or that they write differently. */
export interface NamedDifference {
  readonly job: number;
  readonly host: string;
  /** Of the legacy that the engine mends (scheduler.md); null: nobody can explain the difference, and it counts. */
  readonly fault: string | null;
  readonly why: string;
}

/**
 * What each reading would have written in the tick of that minute, from the tables as they were before it. Only jobs of the legacy are
 * told: those of the engine it can't have served.
 */
export interface ShadowTick {
  readonly minute: number;
  /** Whether the engine knows who is online: it has heard of collectors for at least as long as a host counts as online. */
  readonly presence_known: boolean;
  readonly as_legacy: readonly ShadowRun[];
  readonly as_engine: readonly ShadowRun[];
  readonly named: readonly NamedDifference[];
  /** Jobs that were made, edited or handed over since the minute began: what the legacy saw of them is not known. */
  readonly unsure_jobs: readonly number[];
  /** Hosts that were heard of since the minute began: whether they were online for the legacy is not known. */
  readonly unsure_hosts: readonly string[];
}

/** Owner of a job by a wish. */
export function wishedOwner({ owner, jobs }: SchedulerWish, jobId: number | bigint): SchedulerOwner {
  return jobs[String(jobId)] ?? owner;
}
