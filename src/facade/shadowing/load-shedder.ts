/**
 * How much shadowing the facade can afford: all of it while its event loop has time left, less and less while it has not.
 * Copies are work that clients gain nothing by, so they are the first to go.
 */
import { performance } from 'node:perf_hooks';
import { CoreWait } from './core-wait.js';

export interface LoadShedderOptions {
  /** Settings `shadow.maxLagMs`: lateness of a timer that counts as busy. */
  readonly maxLagMs: number;
  /** Settings `shadow.maxBusyPercent`: share of the time that the loop is not idle that counts as busy. */
  readonly maxBusyPercent: number;
  /** Settings `shadow.maxCoreWaitPercent`: share of the time that the loop's thread waits for a core that counts as busy. */
  readonly maxCoreWaitPercent: number;
  /** 0 up to 1. */
  readonly random: () => number;
}

/** What the event loop was like since it was looked at before. */
export interface LoadReading {
  /** Lateness of a timer. */
  readonly lagMs: number;
  /** Share of the time that the loop was not idle. */
  readonly busyPercent: number;
  /** Share of the time that its thread was ready to run and had no core. */
  readonly coreWaitPercent: number;
}

const LOOK_MS = 50;
/** Halved at each busy look, a twentieth added at each other: down within a quarter of a second, up again within one. */
const STEP_UP = 0.05;
/** Shares below it are none. */
const LEAST = 0.02;

export class LoadShedder {
  readonly #options: LoadShedderOptions;
  #share = 1;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LoadShedderOptions) {
    this.#options = options;
  }

  /** Begins to look at the event loop of this process, until `close`. */
  watch(): void {
    const coreWait = new CoreWait();
    let looked = performance.now();
    let before = performance.eventLoopUtilization();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const current = performance.eventLoopUtilization();
      this.look({
        lagMs: now - looked - LOOK_MS,
        busyPercent: performance.eventLoopUtilization(current, before).utilization * 100,
        coreWaitPercent: (coreWait.since() * 100) / (now - looked),
      });
      before = current;
      looked = now;
    }, LOOK_MS).unref();
  }

  /** Takes one reading into account. */
  look({ lagMs, busyPercent, coreWaitPercent }: LoadReading): void {
    const { maxLagMs, maxBusyPercent, maxCoreWaitPercent } = this.#options;
    const busy = lagMs > maxLagMs || busyPercent > maxBusyPercent || coreWaitPercent > maxCoreWaitPercent;
    const share = busy ? this.#share / 2 : this.#share + STEP_UP;
    this.#share = share < LEAST ? 0 : Math.min(1, share);
  }

  /** The share of copies that is let through now, 0 to 1. */
  get share(): number {
    return this.#share;
  }

  admits(): boolean {
    return this.#share === 1 || this.#options.random() < this.#share;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
