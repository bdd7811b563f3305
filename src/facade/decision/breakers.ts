/**
 * A breaker per row: after consecutive failures the engine is left alone for a while, then tried by one request.
 * Counts only failures to get an answer; an answer of any status is the engine's own word.
 */

import type { Log } from '../logging/log.js';
import type { FacadeMetrics } from '../metrics/facade-metrics.js';

/** What a row's breaker lets through. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** Consecutive failures that open a breaker. */
  readonly failures: number;
  /** Milliseconds that it first stays open; doubled with each failed try, up to 30 times this. */
  readonly openMs: number;
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Pick<FacadeMetrics, 'breakerChanged'>;
}

/** What `Breakers.admit` answers. */
export type Admission =
  | { readonly admitted: true /** This request alone tries the engine again. */; readonly probe: boolean }
  | { readonly admitted: false /** Milliseconds until a request may try again. */; readonly retryMs: number };

interface Breaker {
  state: BreakerState;
  consecutive: number;
  openings: number;
  openUntil: number;
}

const MOST_DOUBLINGS = 30;

export class Breakers {
  readonly #options: BreakerOptions;
  /** Rows that failed since they last succeeded. Rows that work cost nothing here. */
  readonly #failing = new Map<string, Breaker>();

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** Asked before a request goes to the engine. Every admitted request must be told of with `succeeded`, `failed` or `abandoned`. */
  admit(row: string): Admission {
    const breaker = this.#failing.get(row);
    if (breaker === undefined || breaker.state === 'closed') return { admitted: true, probe: false };
    const retryMs = breaker.openUntil - this.#options.now();
    if (breaker.state === 'half-open') return { admitted: false, retryMs: this.#options.openMs };
    if (retryMs > 0) return { admitted: false, retryMs };
    this.#change(row, breaker, 'half-open');
    return { admitted: true, probe: true };
  }

  /** The engine answered. */
  succeeded(row: string): void {
    const breaker = this.#failing.get(row);
    if (breaker === undefined) return;
    this.#failing.delete(row);
    if (breaker.state !== 'closed') this.#change(row, breaker, 'closed');
  }

  /** The engine could not be reached, or broke before it answered. */
  failed(row: string): void {
    const breaker = this.#failing.get(row) ?? { state: 'closed' as const, consecutive: 0, openings: 0, openUntil: 0 };
    this.#failing.set(row, breaker);
    breaker.consecutive += 1;
    if (breaker.state === 'open' || (breaker.state === 'closed' && breaker.consecutive < this.#options.failures))
      return;
    breaker.openUntil = this.#options.now() + this.#options.openMs * Math.min(2 ** breaker.openings, MOST_DOUBLINGS);
    breaker.openings += 1;
    this.#change(row, breaker, 'open');
  }

  /** The request ended without telling anything about the engine (its client left). A probe is given to the next request. */
  abandoned(row: string): void {
    const breaker = this.#failing.get(row);
    if (breaker?.state === 'half-open') this.#change(row, breaker, 'open');
  }

  /** Breakers that are not closed, by row. */
  states(): ReadonlyMap<string, BreakerState> {
    return new Map(
      [...this.#failing].filter(([, { state }]) => state !== 'closed').map(([row, { state }]) => [row, state]),
    );
  }

  /** Forgets what a row's breaker knew: a flip is a new beginning. */
  reset(row: string): void {
    this.succeeded(row);
  }

  /** Forgets what all breakers knew: a newly started engine is not the one that failed. */
  resetAll(): void {
    for (const row of [...this.#failing.keys()]) this.reset(row);
  }

  #change(row: string, breaker: Breaker, state: BreakerState): void {
    breaker.state = state;
    this.#options.metrics.breakerChanged(row, state);
    const fields = { row, state, consecutive: breaker.consecutive };
    if (state === 'open') this.#options.log.warn('breaker', fields);
    else this.#options.log.info('breaker', fields);
  }
}
