/** Scheduled jobs: who runs them, and how both sides read them. */
import type { SchedulerJob } from '../../../legacy-bridge/scheduler/scheduler-protocol.js';
import { SchedulerEngineError } from '../../scheduler/scheduler-engine.js';
import type { Side } from '../../side.js';
import { JOBS_SHOWN_OFF, rowThatShowsJobsOff } from '../../table/jobs-shown-off.js';
import { whyNotCompared } from '../../table/scheduler-needs.js';
import { ownerOfJob, schedulerOf } from '../../table/scheduler-row.js';
import type { BackgroundRow } from '../../table/table-snapshot.js';
import type { AdminDeps, AdminScheduler } from '../admin-deps.js';
import { AdminError } from '../admin-error.js';
import type { AdminHandler } from './handler.js';

/** A job as it is shown. Times are ISO 8601, UTC. */
export interface ShownJob {
  readonly id: number;
  readonly name: string;
  readonly enabled: boolean;
  /** By the database. */
  readonly owner: Side;
  /** By the migration table. Another than `owner` while the engine is told, and until it has handed back. */
  readonly wanted: Side;
  readonly scheduleType: string;
  readonly start: string | null;
  readonly nextRun: Readonly<Record<Side, string | null>>;
  readonly lastOccurrence: string | null;
  readonly lastStatus: string;
  readonly counts: Readonly<Record<'pending' | 'running' | 'success' | 'failed' | 'expired' | 'timedOut', number>>;
  readonly targets: number;
  readonly disagreement: string | null;
}

export interface ShownJobs {
  readonly owner: Side;
  readonly exceptions: BackgroundRow['jobs'];
  /** Null: the engine has not said anything yet. */
  readonly engine: {
    readonly told: boolean;
    readonly ownedJobs: number;
    readonly handBackPending: boolean;
    readonly lastMinute: string | null;
    /** Ids of jobs that it gave back since it started, and that the legacy does not run again; null: it is of a build that does not say. */
    readonly restingJobs: readonly number[] | null;
  } | null;
  /** Why the legacy's ticks are not compared; null while they are, or while it has none. */
  readonly notCompared: string | null;
  /** That web pages show jobs of the engine as disabled, and what to do; null where they would not. */
  readonly shownOff: string | null;
  readonly jobs: readonly ShownJob[];
  readonly next: number | null;
}

export function jobHandlers(deps: Pick<AdminDeps, 'scheduler' | 'table'>): Record<'listJobs', AdminHandler> {
  return {
    listJobs: async ({ query }) => {
      const { scheduler, table } = deps;
      if (scheduler === undefined) throw new AdminError('jobs_unavailable');
      const { jobs, next } = await listed(scheduler, query.after as number, query.limit as number);
      const snapshot = table.current();
      const row = schedulerOf(snapshot);
      const shownOffBy = rowThatShowsJobsOff(snapshot);
      const shown: ShownJobs = {
        owner: row.owner,
        exceptions: row.jobs,
        engine: shownState(scheduler),
        notCompared: (row.owner === 'legacy' ? whyNotCompared(snapshot) : undefined) ?? null,
        shownOff: shownOffBy === undefined ? null : `${JOBS_SHOWN_OFF}: facade flip ${shownOffBy} engine`,
        jobs: jobs.map((job) => shownJob(job, row)),
        next,
      };
      return { json: shown };
    },
  };
}

async function listed(scheduler: AdminScheduler, after: number, limit: number) {
  try {
    return await scheduler.jobs(after, limit);
  } catch (cause) {
    if (!(cause instanceof SchedulerEngineError)) throw cause;
    throw new AdminError('jobs_unavailable', `The engine can't list the jobs now: ${cause.message}.`, { cause });
  }
}

function shownState(scheduler: AdminScheduler): ShownJobs['engine'] {
  const { engine } = scheduler.view();
  if (engine === undefined) return null;
  return {
    told: engine.told,
    ownedJobs: engine.owned_jobs,
    handBackPending: engine.pending_hand_back,
    lastMinute: iso(engine.last_minute),
    restingJobs: engine.resting_jobs ?? null,
  };
}

function shownJob(job: SchedulerJob, row: BackgroundRow): ShownJob {
  const { pending, running, success, failed, expired, timed_out } = job.counts;
  return {
    ...{ id: job.id, name: job.name, enabled: job.enabled, owner: job.owner, wanted: ownerOfJob(row, job.id) },
    scheduleType: job.schedule_type,
    start: iso(job.start_ts),
    nextRun: { engine: iso(job.next_run_engine), legacy: iso(job.next_run_legacy) },
    lastOccurrence: iso(job.last_occurrence),
    lastStatus: job.last_status,
    counts: { pending, running, success, failed, expired, timedOut: timed_out },
    targets: job.targets,
    disagreement: job.disagreement,
  };
}

/** Rows hold whatever somebody has put there, times beyond all calendars too. */
function iso(seconds: number | null): string | null {
  const date = seconds === null ? undefined : new Date(seconds * 1000);
  return date === undefined || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
