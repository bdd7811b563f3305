/** What the guard keeps of one row: the window at the engine, and the record of the legacy. Counts only; judges nothing. */
import type { GuardConfig } from '../table/guard-config.js';
import type { Stage } from '../table/stage.js';
import type { RouteRow } from '../table/table-snapshot.js';
import type { RequestCounts, WindowCounts } from './guard-judgement.js';
import { SlidingCounts } from './sliding-counts.js';

/** Stages at which the guard watches: where the engine answers clients and the legacy could again. */
export const WATCHED_STAGES: readonly Stage[] = ['canary', 'verify', 'engine'];

const REQUESTS = 0;
const ERRORS = 1;
const TIMEOUTS = 2;
const COMPARED = 3;
const MISMATCHES = 4;

/** The record covers a day of requests to the legacy. It stands still while none come, so after a flip it says how it was before. */
const RECORD_MS = 24 * 60 * 60_000;

/** Recalled requests count as made at the start: without a bound a facade that is restarted each day would forget nothing, ever. */
const MOST_RECALLED = 10_000;

/** Fewest failures in a row by which a row with little traffic is judged. */
const LEAST_IN_A_ROW = 5;

/** Failures without an answer between them. Monotonic milliseconds. */
interface FailedRun {
  readonly since: number;
  last: number;
  count: number;
  timeouts: number;
}

export class RowWatch {
  readonly #record = new SlidingCounts(3, RECORD_MS);
  #row: RouteRow;
  #since: number;
  #window: SlidingCounts;
  #failedRun: FailedRun | undefined;
  /** The record has changed since it was last kept. */
  dirty = false;
  /** Set while the row should go back and can't. Epoch milliseconds, and why. */
  blocked: { readonly since: number; readonly reason: string } | undefined;
  /** Monotonic milliseconds before which moving back is not tried again. */
  retryAt = Number.NEGATIVE_INFINITY;

  /** @param since requests that were decided under an earlier version of the table are not counted */
  constructor(row: RouteRow, since: number) {
    this.#row = row;
    this.#since = since;
    this.#window = windowFor(row.guard);
  }

  get row(): RouteRow {
    return this.#row;
  }

  get watched(): boolean {
    return this.#row.guard.on && WATCHED_STAGES.includes(this.#row.stage);
  }

  /** The row as a new version of the table has it. What was counted at another stage, or by other means, says nothing of it. */
  follow(row: RouteRow, version: number): void {
    const former = this.#row;
    this.#row = row;
    if (row.stage === former.stage && row.guard.windowMs === former.guard.windowMs && row.guard.on === former.guard.on)
      return;
    this.#since = version;
    this.#window = windowFor(row.guard);
    this.#failedRun = undefined;
    this.blocked = undefined;
    this.retryAt = Number.NEGATIVE_INFINITY;
  }

  /** A request to the engine. @returns whether it was counted */
  engineAsked(tableVersion: number, outcome: 'answered' | 'error' | 'timeout', now: number): boolean {
    if (!this.watched || tableVersion < this.#since) return false;
    this.#window.add(REQUESTS, now);
    if (outcome === 'error') this.#window.add(ERRORS, now);
    if (outcome === 'timeout') this.#window.add(TIMEOUTS, now);
    if (outcome === 'answered') this.#failedRun = undefined;
    else this.#addToRun(outcome, now);
    return true;
  }

  #addToRun(outcome: 'error' | 'timeout', now: number): void {
    this.#failedRun ??= { since: now, last: now, count: 0, timeouts: 0 };
    this.#failedRun.last = now;
    this.#failedRun.count += 1;
    if (outcome === 'timeout') this.#failedRun.timeouts += 1;
  }

  /** A comparison that says something. @returns whether it was counted */
  compared(tableVersion: number, mismatch: boolean, now: number): boolean {
    if (!this.watched || tableVersion < this.#since) return false;
    this.#window.add(COMPARED, now);
    if (mismatch) this.#window.add(MISMATCHES, now);
    return true;
  }

  legacyAsked(outcome: 'answered' | 'error' | 'timeout', now: number): void {
    this.#record.add(REQUESTS, now);
    if (outcome === 'error') this.#record.add(ERRORS, now);
    if (outcome === 'timeout') this.#record.add(TIMEOUTS, now);
    this.dirty = true;
  }

  /** Takes over what an earlier facade knew: its rates, with the weight of so many requests at most, so that what comes anew soon counts more. */
  recall({ requests, errors, timeouts }: RequestCounts, now: number): void {
    const share = Math.min(1, MOST_RECALLED / requests);
    this.#record.add(REQUESTS, now, Math.round(requests * share));
    this.#record.add(ERRORS, now, Math.round(errors * share));
    this.#record.add(TIMEOUTS, now, Math.round(timeouts * share));
  }

  /** Whether it is worth judging: some limit is passed. Allocates nothing; for each request. */
  get passesLimits(): boolean {
    const { errorRate, timeoutRate, mismatchRate, minRequests } = this.#row.guard;
    const requests = this.#window.total(REQUESTS);
    const compared = this.#window.total(COMPARED);
    return (
      this.#failsThroughout !== undefined ||
      (requests >= minRequests &&
        (this.#window.total(ERRORS) > requests * errorRate || this.#window.total(TIMEOUTS) > requests * timeoutRate)) ||
      (compared >= minRequests && this.#window.total(MISMATCHES) > compared * mismatchRate)
    );
  }

  /** The window as of now. */
  counts(now: number): WindowCounts {
    this.#window.moveTo(now);
    return {
      requests: this.#window.total(REQUESTS),
      errors: this.#window.total(ERRORS),
      timeouts: this.#window.total(TIMEOUTS),
      compared: this.#window.total(COMPARED),
      mismatches: this.#window.total(MISMATCHES),
      inARow: this.#failsThroughout?.count ?? 0,
      timeoutsInARow: this.#failsThroughout?.timeouts ?? 0,
    };
  }

  /** Failures for longer than the window holds: what an engine that ended breaks is all within moments. */
  get #failsThroughout(): FailedRun | undefined {
    const run = this.#failedRun;
    if (run === undefined || run.count < LEAST_IN_A_ROW) return undefined;
    return run.last - run.since >= this.#row.guard.windowMs ? run : undefined;
  }

  record(): RequestCounts {
    return {
      requests: this.#record.total(REQUESTS),
      errors: this.#record.total(ERRORS),
      timeouts: this.#record.total(TIMEOUTS),
    };
  }
}

function windowFor({ windowMs }: GuardConfig): SlidingCounts {
  return new SlidingCounts(5, windowMs);
}
