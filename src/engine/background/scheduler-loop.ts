/**
 * When the scheduler ticks: as soon as it is told what is its own, then in the first second of each minute. It looks at the clock every
 * second, so that one that is set, in either direction, delays nothing. Owns its timer; ticks never overlap, and none begins before
 * the first wish, without a job, or after `close`.
 */
import type { SchedulerState, SchedulerWish } from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import { EngineError } from '../domain/engine-error.js';
import type { EngineLog } from '../logging/engine-log.js';
import type { Clock, RequestContext } from '../services/request-context.js';
import type { HandoverReport, SchedulerHandover } from '../services/scheduling/scheduler-handover.js';

export interface SchedulerLoopOptions {
  readonly handover: SchedulerHandover;
  readonly contextFor: () => RequestContext;
  readonly clock: Clock;
  readonly log: EngineLog;
  /** Between two looks at the clock. Default 1000. */
  readonly lookMs?: number;
  /** Pause after a tick that failed. Default 5000. */
  readonly retryMs?: number;
}

const MINUTE_MS = 60_000;

export class SchedulerLoop {
  readonly #options: SchedulerLoopOptions;
  #looping: Promise<void> | undefined;
  /** A tick is due, whatever the clock says. */
  #asked = false;
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(options: SchedulerLoopOptions) {
    this.#options = options;
  }

  /**
   * Who is to own what, from now on.
   * @returns once all is taken that is to be taken; what is to go back goes after the next tick
   * @throws EngineError those of the database, and then it is tried again with each tick
   */
  async own(wish: SchedulerWish): Promise<void> {
    const { handover, contextFor } = this.#options;
    if (this.#closed) return;
    handover.wish(wish);
    try {
      if (!(await handover.take(contextFor()))) return;
    } catch (error) {
      this.#begin();
      throw error;
    }
    this.#begin();
  }

  state(): Promise<SchedulerState> {
    return this.#options.handover.state(this.#options.contextFor());
  }

  /** Whether it ticks. */
  get running(): boolean {
    return this.#looping !== undefined;
  }

  /** Resolves when no tick is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#looping;
  }

  #begin(): void {
    if (this.#closed) return;
    this.#asked = true;
    this.#wake();
    this.#looping ??= this.#loop().finally(() => {
      this.#looping = undefined;
      if (this.#asked) this.#begin();
    });
  }

  async #loop(): Promise<void> {
    const { clock, lookMs = 1000, retryMs = 5000 } = this.#options;
    let ticked: number | undefined;
    while (!this.#closed) {
      const minute = Math.floor(clock.now() / MINUTE_MS);
      if (!this.#asked && minute === ticked) {
        await this.#pause(Math.min(lookMs, MINUTE_MS - (clock.now() % MINUTE_MS)));
        continue;
      }
      this.#asked = false;
      const outcome = await this.#tick();
      if (outcome === 'over' && !this.#asked) return;
      if (outcome === 'failed') await this.#pause(retryMs);
      else ticked = minute;
    }
  }

  /** Never rejects. */
  async #tick(): Promise<'done' | 'failed' | 'over'> {
    const { handover, contextFor, log } = this.#options;
    const context = contextFor();
    try {
      tell(await handover.tick(context), log);
      return (await handover.isNeeded(context)) ? 'done' : 'over';
    } catch (error) {
      // A busy database passes; the minutes that are missed meanwhile are made up for.
      if (error instanceof EngineError)
        log.warn(`scheduler-tick-failed code=${error.code} cause=${String(error.cause)}`);
      else log.error(`scheduler-tick-failed ${error instanceof Error ? error.stack : String(error)}`);
      return 'failed';
    }
  }

  /** Ends early when there is something to do. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function tell({ minute, dispatched, expired, timedOut, forgotten, failed }: HandoverReport, log: EngineLog): void {
  const line = `scheduler-ticked minute=${minute} dispatched=${dispatched} expired=${expired} timed-out=${timedOut} forgotten=${forgotten} failed=${failed.length}`;
  if (dispatched + expired + timedOut + forgotten + failed.length > 0) log.info(line);
  else log.debug(line);
}
