/**
 * Follows both schedulers by the clock: has the legacy's ticks compared, and asks the engine how its own goes. Knows the state that
 * status, metrics and alerts show. Changes nothing.
 */
import type { BackgroundState, SchedulerState } from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import type { JobCounts, WrittenRuns } from '../../legacy-bridge/scheduler/written-runs.js';
import type { Log } from '../logging/log.js';
import { engineSchedules, schedulerOf } from '../table/scheduler-row.js';
import type { TableSnapshot } from '../table/table-snapshot.js';
import { type SchedulerEngine, SchedulerEngineError } from './scheduler-engine.js';
import type { TickWatch } from './tick-watch.js';

export interface SchedulerWatchOptions {
  readonly engine: Pick<SchedulerEngine, 'state'>;
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
const POLL_MS = 30_000;
const POLL_PENDING_MS = 2000;

export class SchedulerWatch {
  readonly #options: SchedulerWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Full minutes, epoch seconds. */
  #asked: number;
  #settled: number;
  #legacyAbsentAt: number;
  #engineSince: number | undefined;
  #polledAt = Number.NEGATIVE_INFINITY;
  #polling = false;
  #state: SchedulerState | undefined;
  #jobs: SchedulerView['jobs'];
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
    this.#timer = setInterval(() => this.beat(), BEAT_MS).unref();
  }

  /** The engine told its state, asked by this or by another. One of an earlier release says nothing of the scheduler. */
  heard({ scheduler }: Partial<Pick<BackgroundState, 'scheduler'>>): void {
    if (scheduler === undefined) return;
    const wasPending = this.#state?.pending_hand_back ?? false;
    this.#state = scheduler;
    if (scheduler.pending_hand_back && !wasPending)
      this.#options.log.info('scheduler-hand-back-pending', { jobs: scheduler.owned_jobs });
    if (!scheduler.pending_hand_back && wasPending)
      this.#options.log.info('scheduler-handed-back', { jobsLeft: scheduler.owned_jobs });
  }

  view(): SchedulerView {
    const last = this.#engineSince === undefined ? undefined : Math.floor(this.#engineSince / 1000);
    return {
      engine: this.#state,
      jobs: this.#jobs,
      lastTick: last === undefined ? undefined : Math.max(last, this.#state?.last_minute ?? 0),
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
      this.#then(() => this.#countJobs());
    }
    this.#engineSince = engineSchedules(schedulerOf(table())) ? (this.#engineSince ?? at) : undefined;
    const pollMs = this.#state?.pending_hand_back === true ? POLL_PENDING_MS : POLL_MS;
    if (at - this.#polledAt >= pollMs || at < this.#polledAt) void this.#poll(at);
  }

  /** Resolves when the ticks that are due have been dealt with; for tests. */
  settled(): Promise<void> {
    return this.#work;
  }

  async #poll(at: number): Promise<void> {
    if (this.#polling || !this.#options.engineReady()) return;
    this.#polling = true;
    this.#polledAt = at;
    try {
      this.heard(await this.#options.engine.state());
    } catch (error) {
      if (!(error instanceof SchedulerEngineError)) throw error;
      this.#options.log.debug('scheduler-state', { problem: error.message });
    } finally {
      this.#polling = false;
    }
  }

  async #countJobs(): Promise<void> {
    this.#jobs = await this.#options.runs?.jobs();
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
