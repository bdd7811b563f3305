/**
 * One look at all jobs of the engine (scheduler 7.3): what ran too long is ended, old runs are forgotten, due occurrences go out. A run
 * ends by its agent's word or by its expiration, never by guess (F4, F12). A job that fails harms itself alone. Jobs of the legacy are
 * not looked at; one that changes hands meanwhile is refused by the statement that would begin its run.
 */
import { ONLINE_MS } from '../../domain/agent-entry.js';
import { type DueMinutes, dueOccurrence } from '../../domain/scheduling/due-occurrence.js';
import { expirationSeconds } from '../../domain/scheduling/expiration.js';
import { hostsOf } from '../../domain/scheduling/job-targets.js';
import { floorToMinute } from '../../domain/scheduling/next-run.js';
import type { Zone } from '../../domain/scheduling/zone.js';
import type { OwnedJobRow, ScheduledJobRow } from '../../repositories/scheduled-job-repository.js';
import type { RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';
import { dispatchOccurrence, HOSTS_AT_ONCE, type Occurrence } from './dispatch-occurrence.js';
import { giveWay } from './give-way.js';
import type { JobAudience } from './job-audience.js';
import type { JobOrderMaker } from './job-orders.js';
import { OldRuns } from './old-runs.js';
import { isPresenceKnown, onlineHosts } from './online-hosts.js';
import { scheduleTypeOf, storedValue } from './scheduled-job-service.js';
import { timeOutRuns } from './time-out-runs.js';

export interface SchedulerTickOptions {
  readonly orders: Pick<JobOrderMaker, 'make'>;
  readonly audience: JobAudience;
  /** In which monthly and yearly jobs keep their time of day. */
  readonly zone: Zone;
  /** For how long runs are kept. */
  readonly historyDays: number;
  /** Epoch milliseconds since when agents can report to this process. Default: for long. */
  readonly listeningSince?: number;
}

export interface TickReport {
  readonly dispatched: number;
  readonly expired: number;
  readonly timedOut: number;
  readonly forgotten: number;
  /** Jobs that could not be looked at; the log says why. */
  readonly failed: readonly bigint[];
  /** Those of them that the tick before could look at. */
  readonly failedFirst: readonly bigint[];
}

interface Served {
  readonly dispatched: number;
  readonly expired: number;
  /** Jobs that failed, with the first minute that was not looked at for them. */
  readonly behind: ReadonlyMap<bigint, bigint>;
  readonly failedFirst: readonly bigint[];
}

/** Jobs that are read before other work has its turn. */
const JOBS_AT_ONCE = 50;
/** Minutes that a late tick makes up for. */
const MOST_MISSED_SECONDS = 240n;
/** A tick of the legacy that still was under way when its job was taken served this minute, or the one before. */
const BEFORE_TAKEN_SECONDS = 60n;

export class SchedulerTick {
  readonly #options: SchedulerTickOptions;
  readonly #oldRuns: OldRuns;
  /** Minute of the tick before, of whichever process. */
  #last: bigint | null = null;
  /** Whether this process goes on where another one of the engine's has just left off; undefined before its first tick. */
  #goesOn: boolean | undefined;
  /** Number of hosts by the text that names them: reading it anew each minute would cost more than all else. */
  #hostCounts = new Map<bigint, { readonly targets: string; readonly hosts: number }>();

  constructor(options: SchedulerTickOptions) {
    this.#options = options;
    this.#oldRuns = new OldRuns(options.historyDays);
  }

  async run(context: RequestContext): Promise<TickReport> {
    const now = secondsOf(context.clock.now());
    const fresh = await context.unitOfWork.read(async ({ jobOwners }) => {
      this.#last = (await jobOwners.find()).lastMinute;
      return await jobOwners.listNew();
    });
    this.#goesOn ??= this.#last !== null && now - this.#last <= BigInt(ONLINE_MS / 1000);
    const timedOut = await timeOutRuns(now, context);
    const forgotten = await this.#oldRuns.forget(now, context);
    const served = await this.#serveJobs(now, context);
    const failed = [...served.behind.keys()];
    const jobIds = fresh.filter((id) => !served.behind.has(id));
    const looked = { minute: floorToMinute(now), jobIds, behind: served.behind };
    await context.unitOfWork.write(({ jobOwners }) => jobOwners.ticked(looked));
    return {
      dispatched: served.dispatched,
      expired: served.expired,
      timedOut,
      forgotten,
      failed,
      failedFirst: served.failedFirst,
    };
  }

  async #serveJobs(now: bigint, context: RequestContext): Promise<Served> {
    const online = onlineHosts(context.agents, context.clock.now());
    const counts = { dispatched: 0, expired: 0 };
    const behind = new Map<bigint, bigint>();
    const failedFirst: bigint[] = [];
    const hostCounts = new Map<bigint, { readonly targets: string; readonly hosts: number }>();
    let afterId = -(2n ** 63n);
    for (;;) {
      const from = afterId;
      const jobs = await context.unitOfWork.read(({ scheduledJobs }) =>
        scheduledJobs.listRunnable('engine', from, JOBS_AT_ONCE),
      );
      for (const job of jobs) {
        afterId = job.id;
        hostCounts.set(job.id, this.#hostCount(job));
        try {
          const { dispatched, expired } = await this.#serve(
            job,
            hostCounts.get(job.id)?.hosts ?? 0,
            now,
            online,
            context,
          );
          counts.dispatched += dispatched;
          counts.expired += expired;
        } catch (error) {
          if (job.behindSince === null) failedFirst.push(job.id);
          behind.set(job.id, this.#minutes(job, now).from);
          context.log.error(
            `scheduled-job-failed id=${job.id} ${error instanceof Error ? error.stack : String(error)}`,
          );
        }
      }
      if (jobs.length < JOBS_AT_ONCE) break;
      await giveWay();
    }
    this.#hostCounts = hostCounts;
    return { ...counts, behind, failedFirst };
  }

  async #serve(
    job: OwnedJobRow,
    hostCount: number,
    now: bigint,
    online: ReadonlySet<string>,
    context: RequestContext,
  ): Promise<{ readonly dispatched: number; readonly expired: number }> {
    const none = { dispatched: 0, expired: 0 };
    const scheduledAt = await context.unitOfWork.read(async ({ scheduledRuns }) => {
      const last = await scheduledRuns.latestOccurrence(job.id);
      const { start, createdAt } = job;
      const state = { type: scheduleTypeOf(job), start, last, createdAt };
      const due = dueOccurrence(state, this.#minutes(job, now), this.#options.zone);
      // As many hosts as there are targets: it is over, and whoever became a target since is not its business.
      const isOver = due !== undefined && due === last && (await scheduledRuns.countHosts(job.id, due)) >= hostCount;
      return isOver ? undefined : due;
    });
    if (scheduledAt === undefined) return none;
    const served = await context.unitOfWork.read(({ scheduledRuns }) => scheduledRuns.listHosts(job.id, scheduledAt));
    const waiting = distinctHosts(job).filter((hostname) => !served.has(hostname));
    const reached = waiting.filter((hostname) => online.has(hostname));
    const occurrence = { job, scheduledAt };
    const expired = await this.#expire(
      occurrence,
      waiting.filter((hostname) => !online.has(hostname)),
      now,
      context,
    );
    if (reached.length === 0) return { ...none, expired };
    const made = await this.#options.orders.make(job);
    return {
      dispatched: await dispatchOccurrence(occurrence, reached, made, this.#options.audience, context),
      expired,
    };
  }

  /** @returns how many hosts it is too late for */
  async #expire(
    { job, scheduledAt }: Occurrence,
    offline: readonly string[],
    now: bigint,
    { unitOfWork, agents, clock }: RequestContext,
  ): Promise<number> {
    // Started anew, it has heard of nobody: that says nothing of who is there. Otherwise all are offline, as at the legacy's start.
    const at = clock.now();
    const listened = at - (this.#options.listeningSince ?? 0);
    if (this.#goesOn === true && listened < ONLINE_MS && !isPresenceKnown(agents, at)) return 0;
    const window = expirationSeconds(job.expiration);
    if (offline.length === 0 || window === undefined || scheduledAt + window > now) return 0;
    const ended = { status: 'Expired', startedAt: null, finishedAt: now, error: 'Device offline' } as const;
    for (let at = 0; at < offline.length; at += HOSTS_AT_ONCE) {
      if (at > 0) await giveWay();
      await unitOfWork.write(async ({ scheduledRuns }) => {
        for (const hostname of offline.slice(at, at + HOSTS_AT_ONCE))
          await scheduledRuns.insertUnlessThere({ jobId: job.id, scheduledAt, hostname, ...ended }, now);
      });
    }
    return offline.length;
  }

  /** A clock that was set back makes up for nothing, one far ahead for a few minutes. A new job has a first minute of its own. */
  #minutes(job: OwnedJobRow, now: bigint): DueMinutes {
    const minute = floorToMinute(now);
    // No tick of the engine has ever come to its end: nobody has looked at a job that was made since it owns new ones.
    const next = this.#last === null ? afterChange(job) : this.#last + 60n;
    const unseen = job.isNew ? firstMinute(job, now) : (job.behindSince ?? next);
    if (unseen > minute) return { from: minute, now: minute };
    return { from: unseen < minute - MOST_MISSED_SECONDS ? minute - MOST_MISSED_SECONDS : unseen, now: minute };
  }

  #hostCount(job: ScheduledJobRow): { readonly targets: string; readonly hosts: number } {
    const known = this.#hostCounts.get(job.id);
    if (known?.targets === job.targets) return known;
    return { targets: job.targets, hosts: distinctHosts(job).length };
  }
}

/** What it was before an edit is not known: it may have been off. */
function firstMinute({ ownedSince, updatedAt }: OwnedJobRow, now: bigint): bigint {
  return later(floorToMinute(ownedSince ?? now) - BEFORE_TAKEN_SECONDS, floorToMinute(updatedAt + 59n));
}

/** The first full minute in which it was as it is. */
function afterChange({ createdAt, updatedAt }: OwnedJobRow): bigint {
  return floorToMinute(later(createdAt, updatedAt) + 59n);
}

function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function distinctHosts(job: ScheduledJobRow): readonly string[] {
  return [...new Set(hostsOf(storedValue(job.targets) ?? []))];
}
