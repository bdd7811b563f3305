/** Compares when nothing else is to be done: a few at a time, between the event loop's other work, and later while it is busy. */
import { performance } from 'node:perf_hooks';

/** How long the loop is kept at a stretch. Large pairs are handed to a thread. */
const SLICE_MS = 1;
/** Before and between: the client that was just answered, and whoever comes next, go first. On a full machine they share a core. */
const GRACE_MS = 4;
/** While the loop is busy, one comparison per so many milliseconds: memory must come free. */
const BUSY_PAUSE_MS = 25;

export class ComparisonQueue {
  readonly #isBusy: () => boolean;
  readonly #jobs: (() => Promise<void>)[] = [];
  #begun = 0;
  #planned = false;
  #idle: (() => void)[] = [];

  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
  }

  get waiting(): number {
    return this.#jobs.length + this.#begun;
  }

  /** @param job does its work at once or hands it to a thread; must not reject */
  add(job: () => Promise<void>): void {
    this.#jobs.push(job);
    this.#plan();
  }

  /** Resolves once nothing waits. */
  async settled(): Promise<void> {
    if (this.waiting > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    if (this.#isBusy()) setTimeout(() => this.#work(0), BUSY_PAUSE_MS);
    else setTimeout(() => this.#work(SLICE_MS), GRACE_MS);
  }

  #work(sliceMs: number): void {
    const until = performance.now() + sliceMs;
    do this.#begin();
    while (this.#jobs.length > 0 && performance.now() < until);
    this.#planned = false;
    if (this.#jobs.length > 0) this.#plan();
  }

  #begin(): void {
    const job = this.#jobs.shift();
    if (job === undefined) return;
    this.#begun += 1;
    void job().finally(() => {
      this.#begun -= 1;
      if (this.waiting === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }
}
