/** How late the event loop runs its timers. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Seconds since the last reading, or since the start. */
export interface EventLoopLag {
  readonly p50: number;
  readonly p99: number;
}

const RESOLUTION_MS = 10;
/** Readings that follow sooner see the same window, so that two readers don't empty each other's. */
const SHORTEST_WINDOW_MS = 5000;

export class EventLoopMonitor {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #now: () => number;
  #windowFrom: number;

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.#now = now;
    this.#windowFrom = now();
    this.#histogram.enable();
  }

  read(): EventLoopLag {
    const lag = { p50: this.#seconds(50), p99: this.#seconds(99) };
    if (this.#now() - this.#windowFrom >= SHORTEST_WINDOW_MS) {
      this.#histogram.reset();
      this.#windowFrom = this.#now();
    }
    return lag;
  }

  close(): void {
    this.#histogram.disable();
  }

  /** Node measures the whole time between two runs of its timer; the planned part of it is no lag. */
  #seconds(percentile: number): number {
    const seconds = (this.#histogram.percentile(percentile) / 1e6 - RESOLUTION_MS) / 1000;
    return this.#histogram.count === 0 ? 0 : Math.max(0, seconds);
  }
}
