/**
 * How much shadowing the facade can afford: all of it while its event loop has time left, less and less while it has not.
 * Copies are work that clients gain nothing by, so they are the first to go.
 */
import { performance } from 'node:perf_hooks';

export interface LoadShedderOptions {
  /** Settings `shadow.maxLagMs`: lateness of a timer that counts as busy. */
  readonly maxLagMs: number;
  /** Settings `shadow.maxBusyPercent`: share of the time that the loop is not idle that counts as busy. */
  readonly maxBusyPercent: number;
  /** 0 up to 1. */
  readonly random: () => number;
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
    let due = performance.now() + LOOK_MS;
    let before = performance.eventLoopUtilization();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const current = performance.eventLoopUtilization();
      this.look(now - due, performance.eventLoopUtilization(current, before).utilization * 100);
      before = current;
      due = now + LOOK_MS;
    }, LOOK_MS).unref();
  }

  /** Takes one reading into account. */
  look(lagMs: number, busyPercent: number): void {
    const busy = lagMs > this.#options.maxLagMs || busyPercent > this.#options.maxBusyPercent;
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
