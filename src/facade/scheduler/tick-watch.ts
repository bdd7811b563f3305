/**
 * Compares ticks of the legacy's scheduler with what the engine would have dispatched in them. The engine is asked soon after a tick,
 * while it still knows who was online then; what the legacy wrote is read when the minute is over. Nothing is dispatched, written or
 * held up by it.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { ShadowTick } from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import { type WrittenRun, type WrittenRuns, WrittenRunsError } from '../../legacy-bridge/scheduler/written-runs.js';
import type { InconclusiveReason } from '../comparing/comparison.js';
import type { ComparisonSink } from '../comparing/comparison-sink.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { Log } from '../logging/log.js';
import type { ShadowMetrics } from '../metrics/shadow-metrics.js';
import { SCHEDULER_ROW } from '../table/background-tasks.js';
import { asComparedScheduler } from '../table/compared-rows.js';
import { whyNotCompared } from '../table/scheduler-needs.js';
import { schedulerOf } from '../table/scheduler-row.js';
import type { TableSnapshot } from '../table/table-snapshot.js';
import { compareTick, type TickToCompare } from './compare-tick.js';
import { comparedTick } from './compared-tick.js';
import { type SchedulerEngine, SchedulerEngineError } from './scheduler-engine.js';

/** What became of a tick: `idle`, nothing was due and nothing was written. */
export type TickOutcome = 'compared' | 'idle' | 'inconclusive' | 'dropped';

export interface TickWatchOptions {
  readonly engine: Pick<SchedulerEngine, 'shadow'>;
  readonly engineReady: () => boolean;
  readonly runs: Pick<WrittenRuns, 'newest' | 'since' | 'owned'>;
  readonly table: () => TableSnapshot;
  /** Digest of the running engine's code; undefined while it is not known. */
  readonly engineBuild: () => string | undefined;
  readonly sink: ComparisonSink;
  readonly metrics: Pick<ShadowMetrics, 'compared' | 'comparisonDropped'> & {
    tickFinished(outcome: TickOutcome): void;
  };
  readonly log: Log;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Pause before a busy engine is asked again, milliseconds. Default 3000. */
  readonly againMs?: number;
}

/** Runs of one minute; a fleet of a thousand hosts with twenty jobs each. */
const MOST_RUNS = 20_000;
const MOST_TRIES = 3;
/** Runs that are judged before the event loop has its turn: some milliseconds. */
const AT_ONCE = 1000;
/** For how long after a report a host counts as online (scheduler 7.1), and so how long a side must have run to know. Seconds. */
const ONLINE_FOR = 300;
/** Runs written so late in a minute tell that the tick may not have been over with it. Seconds. */
const LATE_AFTER = 50;

/** What the engine said, by which build, and which jobs were its own then. */
type Asked = {
  readonly shadow: ShadowTick;
  readonly build: string | undefined;
  readonly owned: ReadonlySet<number>;
};

export class TickWatch {
  readonly #options: TickWatchOptions;
  readonly #asked = new Map<number, Asked | DropReason>();
  /** Runs up to this id are of earlier minutes; undefined until it is known. */
  #mark: number | undefined;

  constructor(options: TickWatchOptions) {
    this.#options = options;
  }

  /** Before the first tick that is to be compared. Never rejects. */
  async begin(): Promise<void> {
    try {
      this.#mark ??= await this.#options.runs.newest();
    } catch (error) {
      this.#options.log.warn('scheduler-unseen', { problem: String(error) });
    }
  }

  /**
   * Asks the engine about the tick that has just begun. Never rejects.
   * @param minute epoch seconds, a full one
   */
  async ask(minute: number): Promise<void> {
    const { table, random } = this.#options;
    const snapshot = table();
    const scheduler = schedulerOf(snapshot);
    const legacySchedules = scheduler.owner === 'legacy' || Object.values(scheduler.jobs).includes('legacy');
    if (!legacySchedules || random() * 100 >= scheduler.sample || whyNotCompared(snapshot) !== undefined) return;
    this.#asked.clear();
    this.#asked.set(minute, await this.#shadow(minute));
  }

  /**
   * Judges a tick whose minute is over. Never rejects.
   * @param legacyAbsentAt when the legacy was last found not to answer, epoch milliseconds; undefined for never
   */
  async settle(minute: number, legacyAbsentAt: number | undefined): Promise<void> {
    const asked = this.#asked.get(minute);
    this.#asked.delete(minute);
    const seen = await this.#seen(minute);
    if (asked === undefined) return;
    if (typeof seen === 'string') return this.#drop(seen, []);
    if (typeof asked === 'string') return this.#drop(asked, seen.written);
    const { build, owned, shadow } = asked;
    // What was the engine's from the beginning is nothing of the legacy's.
    const written = seen.written.filter(({ jobId }) => !owned.has(jobId));
    if (build === undefined) return this.#drop('build_unknown', written);
    if (shadow.as_legacy.length > MOST_RUNS) return this.#drop('tick_too_large', written);
    // Of a job that the engine took meanwhile, both may have written runs.
    const unsure_jobs = [...shadow.unsure_jobs, ...seen.owned];
    const doubt = doubtOf(minute, shadow, written, legacyAbsentAt);
    await this.#compare(minute, build, { shadow: { ...shadow, unsure_jobs }, written, doubt });
  }

  async #shadow(minute: number): Promise<Asked | DropReason> {
    const { engine, engineReady, engineBuild, runs, log, againMs = 3000 } = this.#options;
    const before = engineBuild();
    for (let attempt = 1; ; attempt += 1) {
      if (!engineReady()) return 'engine_unreachable';
      try {
        const owned = await runs.owned();
        const shadow = await engine.shadow(minute);
        // Another build was started meanwhile: nobody knows which one has answered.
        return { shadow, owned, build: before === engineBuild() ? before : undefined };
      } catch (error) {
        if (error instanceof WrittenRunsError) return 'effects_unseen';
        if (!(error instanceof SchedulerEngineError)) throw error;
        log.debug('scheduler-shadow', { minute, problem: error.message });
        if (error.code !== 'engine_busy' || attempt >= MOST_TRIES) return error.code;
      }
      await new Promise((resolve) => setTimeout(resolve, againMs).unref());
    }
  }

  /** The runs of the minute, and which jobs are the engine's now. Moves the mark on, compared or not. */
  async #seen(
    minute: number,
  ): Promise<{ readonly written: readonly WrittenRun[]; readonly owned: ReadonlySet<number> } | DropReason> {
    const { runs, log } = this.#options;
    if (this.#mark === undefined) {
      await this.begin();
      return 'effects_unseen';
    }
    try {
      const newest = await runs.newest();
      if (newest < this.#mark) {
        // Another file, or rows that somebody deleted: what was written in this minute can't be told.
        log.warn('scheduler-unseen', { minute, problem: 'the newest runs are gone from the database' });
        this.#mark = newest;
        return 'effects_unseen';
      }
      const all = await runs.since(this.#mark, MOST_RUNS);
      const later = all.findIndex(({ createdAt }) => createdAt !== null && createdAt >= minute + 60);
      const earlier = later === -1 ? all : all.slice(0, later);
      this.#mark = earlier.at(-1)?.id ?? this.#mark;
      if (all.length === MOST_RUNS && later === -1) return 'tick_too_large';
      return { written: earlier.filter(({ createdAt }) => (createdAt ?? 0) >= minute), owned: await runs.owned() };
    } catch (error) {
      log.warn('scheduler-unseen', { minute, problem: String(error) });
      return 'effects_unseen';
    }
  }

  async #compare(minute: number, engineBuild: string, tick: TickToCompare): Promise<void> {
    const { table, sink, metrics } = this.#options;
    const snapshot = table();
    const context = {
      ...{ minute, engineBuild },
      row: asComparedScheduler(schedulerOf(snapshot)),
      tableVersion: snapshot.version,
    };
    let [jobs, runs] = [0, 0];
    for (const job of compareTick(tick)) {
      sink.record(comparedTick(job, context), job.result);
      metrics.compared(SCHEDULER_ROW, job.result.verdict);
      jobs += 1;
      runs += job.written.length + job.asLegacy.length + job.asEngine.length;
      if (runs < AT_ONCE) continue;
      runs = 0;
      await turn();
    }
    metrics.tickFinished(jobs === 0 ? 'idle' : tick.doubt === undefined ? 'compared' : 'inconclusive');
  }

  /** Ticks in which the legacy did nothing would have proved nothing either. */
  #drop(reason: DropReason, written: readonly WrittenRun[]): void {
    const { sink, metrics } = this.#options;
    for (const _job of new Set(written.map(({ jobId }) => jobId))) {
      sink.dropped(SCHEDULER_ROW, reason);
      metrics.comparisonDropped(SCHEDULER_ROW, reason);
    }
    metrics.tickFinished('dropped');
  }
}

/** Must not depend on whether the sides agree. */
function doubtOf(
  minute: number,
  { presence_known }: ShadowTick,
  written: readonly WrittenRun[],
  legacyAbsentAt: number | undefined,
): InconclusiveReason | undefined {
  const absent = legacyAbsentAt === undefined ? Number.NEGATIVE_INFINITY : legacyAbsentAt / 1000;
  if (absent >= minute) return 'tick_unseen';
  if (!presence_known || absent >= minute - ONLINE_FOR) return 'presence_unknown';
  const isLate = written.some(({ createdAt }) => (createdAt ?? 0) >= minute + LATE_AFTER);
  return isLate ? 'tick_unseen' : undefined;
}
