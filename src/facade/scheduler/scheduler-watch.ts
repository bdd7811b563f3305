/**
 * Follows both schedulers by the clock: has the legacy's ticks compared, and asks the engine how its own goes. Knows the state that
 * status, metrics and alerts show. Changes nothing.
 */
import type { BackgroundState, SchedulerState } from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import {
  type JobCounts,
  type JobOwnership,
  type WrittenRuns,
  WrittenRunsError,
} from '../../legacy-bridge/scheduler/written-runs.js';
import type { Log } from '../logging/log.js';
import { ownerOfJob, schedulerOf } from '../table/scheduler-row.js';
import type { TableSnapshot } from '../table/table-snapshot.js';
import { type SchedulerEngine, SchedulerEngineError } from './scheduler-engine.js';
import type { TickWatch } from './tick-watch.js';

export interface SchedulerWatchOptions {
  /** Undefined: none that goes by the table, as it is not the facade's. Jobs may be an engine's by the database all the same. */
  readonly engine: Pick<SchedulerEngine, 'state'> | undefined;
  readonly engineReady: () => boolean;
  readonly legacyAnswers: () => boolean;
  /** Undefined: nobody has said where the shared database is, so that nothing can be compared. */
  readonly ticks: Pick<TickWatch, 'begin' | 'ask' | 'settle'> | undefined;
  readonly runs: Pick<WrittenRuns, 'jobs'> | undefined;
  readonly table: () => TableSnapshot;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What is known of the schedulers. */
export interface SchedulerView {
  /** As the engine said last; undefined when it never did. */
  readonly engine: SchedulerState | undefined;
  /** Jobs by the side that runs them; undefined while they could not be counted. */
  readonly jobs: JobCounts | undefined;
  /** Jobs are the engine's and should be the legacy's, by the table; undefined while nobody has said whose jobs are, and for an engine that does not go by the table. */
  readonly handBackPending: boolean | undefined;
  /**
   * While the engine has jobs to run: the last minute that it ticked for, or when it was given them, if that was later. Epoch
   * seconds; undefined while it has none.
   */
  readonly lastTick: number | undefined;
}

const BEAT_MS = 1000;
/** Seconds after a full minute: the legacy's ticks come within the first second, and agents report all the time. */
const SETTLE_AT = 2;
const ASK_AT = 5;
/** Of asking the engine, and of looking into the database. */
const POLL_MS = 30_000;
const POLL_PENDING_MS = 2000;

export class SchedulerWatch {
  readonly #options: SchedulerWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Full minutes, epoch seconds. */
  #asked: number;
  #settled: number;
  #legacyAbsentAt: number;
  /** When the engine was first known to have any of the jobs that it has now. */
  #ownedFrom: number | undefined;
  #polledAt = Number.NEGATIVE_INFINITY;
  #polling = false;
  #state: SchedulerState | undefined;
  /** By the database, which says more than an engine that may be dead; undefined while it can't be read. */
  #jobs: JobOwnership | undefined;
  #unreadable = false;
  #outOfReach = false;
  /** Of ticks, one after the other. */
  #work: Promise<void> = Promise.resolve();

  constructor(options: SchedulerWatchOptions) {
    this.#options = options;
    const now = options.now();
    // The tick of this minute may have begun, and nobody knows how long the legacy has been there.
    this.#asked = minuteOf(now);
    this.#settled = minuteOf(now);
    this.#legacyAbsentAt = now;
  }

  start(): void {
    this.#then(() => this.#options.ticks?.begin());
    this.beat();
    this.#timer = setInterval(() => this.beat(), BEAT_MS).unref();
  }

  /** The engine told its state, asked by this or by another. One of an earlier release says nothing of the scheduler. */
  heard({ scheduler }: Partial<Pick<BackgroundState, 'scheduler'>>): void {
    if (scheduler === undefined) return;
    const wasPending = this.#state?.pending_hand_back ?? false;
    // Jobs changed hands: what the database says is looked at with the next beat.
    if (this.#state?.owned_jobs !== scheduler.owned_jobs) this.#polledAt = Number.NEGATIVE_INFINITY;
    this.#state = scheduler;
    if (scheduler.pending_hand_back && !wasPending)
      this.#options.log.info('scheduler-hand-back-pending', { jobs: scheduler.owned_jobs });
    if (!scheduler.pending_hand_back && wasPending)
      this.#options.log.info('scheduler-handed-back', { jobsLeft: scheduler.owned_jobs });
  }

  view(): SchedulerView {
    return {
      engine: this.#state,
      jobs: this.#jobs?.counts,
      handBackPending: this.#pending(),
      lastTick: this.#lastTick(),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Does what the clock demands; called each second. */
  beat(): void {
    const { now, legacyAnswers, ticks, table } = this.#options;
    const at = now();
    const minute = minuteOf(at);
    const second = at / 1000 - minute;
    if (!legacyAnswers()) this.#legacyAbsentAt = at;
    // A clock that was set back begins anew.
    if (this.#asked > minute) this.#asked = this.#settled = minute;
    if (second >= SETTLE_AT && this.#settled < minute - 60) {
      this.#settled = minute - 60;
      const absentAt = this.#legacyAbsentAt;
      this.#then(() => ticks?.settle(minute - 60, absentAt));
    }
    if (second >= ASK_AT && this.#asked < minute) {
      this.#asked = minute;
      this.#then(() => ticks?.ask(minute));
    }
    this.#ownedFrom = this.#owned() === 0 ? undefined : (this.#ownedFrom ?? at);
    this.#tellOfReach(table());
    const pollMs = this.#pending() === true ? POLL_PENDING_MS : POLL_MS;
    if (at - this.#polledAt >= pollMs || at < this.#polledAt) void this.#poll(at);
  }

  /** Resolves when the ticks that are due have been dealt with; for tests. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Jobs of the engine, as far as is known. */
  #owned(): number {
    return this.#jobs?.counts.engine ?? this.#state?.owned_jobs ?? 0;
  }

  /** A dead engine says nothing any more, and somebody else may have handed back: where the database can be read, it counts. */
  #pending(): boolean | undefined {
    if (this.#options.engine === undefined) return undefined;
    if (this.#jobs === undefined) return this.#state?.pending_hand_back;
    const scheduler = schedulerOf(this.#options.table());
    return [...this.#jobs.owned].some((id) => ownerOfJob(scheduler, id) === 'legacy');
  }

  /** Whatever the table says: it may name jobs that are gone, and jobs of the engine that it gives to the legacy. */
  #lastTick(): number | undefined {
    if (this.#owned() === 0) return undefined;
    const from = Math.floor((this.#ownedFrom ?? this.#options.now()) / 1000);
    const told = this.#state?.last_minute ?? 0;
    if (this.#jobs === undefined) return Math.max(from, told);
    const last = Math.max(this.#jobs.lastMinute ?? 0, this.#jobs.ownedSince ?? 0, told);
    return last === 0 ? from : last;
  }

  /** A rollback or an edit of the file can bring the sockets back before the jobs. */
  #tellOfReach({ sockets }: TableSnapshot): void {
    const isOut = this.#owned() > 0 && sockets.stage === 'legacy';
    if (isOut && !this.#outOfReach)
      this.#options.log.warn('scheduler-out-of-reach', {
        jobs: this.#owned(),
        problem: 'the sockets are at the legacy: what the engine dispatches until it has handed back reaches no agent',
      });
    this.#outOfReach = isOut;
  }

  async #poll(at: number): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    this.#polledAt = at;
    try {
      await this.#readJobs();
      const { engine, engineReady } = this.#options;
      if (engine !== undefined && engineReady()) this.heard(await engine.state());
    } catch (error) {
      if (!(error instanceof SchedulerEngineError)) throw error;
      this.#options.log.debug('scheduler-state', { problem: error.message });
    } finally {
      this.#polling = false;
    }
  }

  /** That it can't be read is said once, not at each try. */
  async #readJobs(): Promise<void> {
    try {
      this.#jobs = await this.#options.runs?.jobs();
      this.#unreadable = false;
    } catch (error) {
      if (!(error instanceof WrittenRunsError)) throw error;
      this.#jobs = undefined;
      if (!this.#unreadable) this.#options.log.warn('scheduler-unseen', { problem: error.message });
      this.#unreadable = true;
    }
  }

  #then(act: () => Promise<void> | undefined): void {
    this.#work = this.#work.then(act).catch((error: unknown) => {
      this.#options.log.warn('scheduler-unseen', { problem: String(error) });
    });
  }
}

function minuteOf(ms: number): number {
  return Math.floor(ms / 60_000) * 60;
}
