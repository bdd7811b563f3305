/** Calls per key within a sliding window (agents-http 1.7). Bounded: lives in memory, per process. */
import type { CallLimit } from './request-context.js';

export interface SlidingWindowOptions {
  /** Calls within the window. */
  readonly most: number;
  /** Default 60 s. */
  readonly windowMs?: number;
  /** Keys remembered at once; beyond that the one whose last call is the oldest is forgotten. Default 100,000. */
  readonly mostKeys?: number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** A limit whose calls may be taken back. */
export interface RevocableLimit extends CallLimit {
  giveBack(key: string): void;
}

export class SlidingWindow implements RevocableLimit {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #mostKeys: number;
  readonly #monotonic: () => number;
  /** Times of the calls that count, oldest first; keys in order of their last call. */
  readonly #calls = new Map<string, number[]>();

  constructor({ most, windowMs = 60_000, mostKeys = 100_000, monotonic }: SlidingWindowOptions) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#mostKeys = mostKeys;
    this.#monotonic = monotonic;
  }

  take(key: string): number {
    const now = this.#monotonic();
    const calls = this.#recent(key, now);
    const [oldest] = calls;
    if (oldest !== undefined && calls.length >= this.#most) return oldest + this.#windowMs - now;
    calls.push(now);
    this.#calls.delete(key);
    this.#calls.set(key, calls);
    this.#forget(now);
    return 0;
  }

  /** Takes back the last call of a key. */
  giveBack(key: string): void {
    this.#calls.get(key)?.pop();
  }

  /** For dry runs: calls taken from it count for itself alone. */
  dryView(): RevocableLimit {
    const taken = new Map<string, number[]>();
    return {
      take: (key) => {
        const now = this.#monotonic();
        const own = taken.get(key) ?? [];
        const calls = [...(this.#calls.get(key) ?? []).filter((at) => at > now - this.#windowMs), ...own];
        const [oldest] = calls;
        if (oldest !== undefined && calls.length >= this.#most) return oldest + this.#windowMs - now;
        taken.set(key, [...own, now]);
        return 0;
      },
      giveBack: (key) => void taken.get(key)?.pop(),
    };
  }

  #recent(key: string, now: number): number[] {
    const calls = this.#calls.get(key) ?? [];
    const gone = calls.findIndex((at) => at > now - this.#windowMs);
    calls.splice(0, gone < 0 ? calls.length : gone);
    return calls;
  }

  /** Keys whose last call has left the window stand first. */
  #forget(now: number): void {
    for (const [key, calls] of this.#calls) {
      const last = calls.at(-1) ?? Number.NEGATIVE_INFINITY;
      if (last > now - this.#windowMs && this.#calls.size <= this.#mostKeys) return;
      this.#calls.delete(key);
    }
  }
}
