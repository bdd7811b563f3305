/** Compares when nothing else is to be done: a few at a time, between the event loop's other work, and later while it is busy. */
import { performance } from 'node:perf_hooks';

/** How long the loop is kept at a stretch. One comparison of a large body may take longer: it can't be cut in two. */
const SLICE_MS = 1;
/** While the loop is busy, one comparison per so many milliseconds: memory must come free. */
const BUSY_PAUSE_MS = 25;

export class ComparisonQueue {
  readonly #isBusy: () => boolean;
  readonly #jobs: (() => void)[] = [];
  #planned = false;
  #idle: (() => void)[] = [];

  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
  }

  get waiting(): number {
    return this.#jobs.length;
  }

  /** @param job must not throw */
  add(job: () => void): void {
    this.#jobs.push(job);
    this.#plan();
  }

  /** Resolves once nothing waits. */
  async settled(): Promise<void> {
    if (this.#jobs.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    if (this.#isBusy()) setTimeout(() => this.#work(0), BUSY_PAUSE_MS);
    else setImmediate(() => this.#work(SLICE_MS));
  }

  #work(sliceMs: number): void {
    const until = performance.now() + sliceMs;
    do this.#jobs.shift()?.();
    while (this.#jobs.length > 0 && performance.now() < until);
    this.#planned = false;
    if (this.#jobs.length > 0) this.#plan();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }
}
