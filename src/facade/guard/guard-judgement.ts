/** Whether what was counted of a row is too much: against the row's limits, and against what the legacy did before. Pure. */
import type { GuardConfig } from '../table/guard-config.js';

/** Counts of requests to one side. */
export interface RequestCounts {
  /** Requests that the side answered or failed to. */
  readonly requests: number;
  readonly errors: number;
  readonly timeouts: number;
}

/** What the window of a row holds. */
export interface WindowCounts extends RequestCounts {
  /** Comparisons that say something. */
  readonly compared: number;
  readonly mismatches: number;
  /** Requests to the engine that failed without one that it answered between them, for longer than the window; 0 for none. */
  readonly inARow: number;
  /** Of them: timeouts. */
  readonly timeoutsInARow: number;
}

/** Why a row is moved back. Metric label and word in the log alike. */
export const GUARD_CAUSES = ['errors', 'timeouts', 'mismatches'] as const;

export type GuardCause = (typeof GUARD_CAUSES)[number];

/** A limit that was passed, with the evidence. */
export interface GuardFinding {
  readonly cause: GuardCause;
  /** For a person: counts, limit, and the legacy's own counts where there are any. */
  readonly evidence: string;
}

/** How improbable the engine's failures must be under the legacy's own rate: judged at each request, so far out. */
const CHANCE = 1e-3;

/**
 * Both must hold of failures: their share is above the row's limit, and the legacy's own rate does not explain it.
 * @param legacy what is known of the row while the legacy answered it; counts for nothing below `minRequests`
 */
export function judge(
  window: WindowCounts,
  legacy: RequestCounts,
  config: Pick<GuardConfig, 'errorRate' | 'timeoutRate' | 'mismatchRate' | 'minRequests' | 'windowMs'>,
): GuardFinding | undefined {
  const { requests, errors, timeouts, compared, mismatches, inARow, timeoutsInARow } = window;
  const { minRequests } = config;
  const before = legacy.requests >= minRequests ? legacy : { requests: 0, errors: 0, timeouts: 0 };
  if (requests >= minRequests && isTooMuch(errors, requests, config.errorRate, before.errors, before.requests))
    return { cause: 'errors', evidence: failureWords('failed', errors, config.errorRate, before.errors) };
  if (requests >= minRequests && isTooMuch(timeouts, requests, config.timeoutRate, before.timeouts, before.requests))
    return { cause: 'timeouts', evidence: failureWords('timed out', timeouts, config.timeoutRate, before.timeouts) };
  // A row with little traffic never has enough requests in its window; where all of them fail, that is enough.
  if (requests < minRequests && inARow > 0 && !isExplained(inARow, before))
    return {
      cause: timeoutsInARow === inARow ? 'timeouts' : 'errors',
      evidence: `the last ${inARow} requests to the engine all failed, for more than ${seconds(config.windowMs)}`,
    };
  if (compared >= minRequests && mismatches > compared * config.mismatchRate)
    return {
      cause: 'mismatches',
      evidence: `${mismatches} of ${compared} comparisons in the last ${seconds(config.windowMs)} were mismatches (${percent(mismatches / compared)}, allowed are ${percent(config.mismatchRate)})`,
    };
  return undefined;

  function failureWords(what: string, count: number, limit: number, legacyCount: number): string {
    const own =
      before.requests === 0
        ? ''
        : `; the legacy: ${legacyCount} of ${before.requests}, ${percent(legacyCount / before.requests)}`;
    return `${count} of ${requests} requests to the engine in the last ${seconds(config.windowMs)} ${what} (${percent(count / requests)}, allowed are ${percent(limit)}${own})`;
  }
}

function isExplained(inARow: number, { requests, errors, timeouts }: RequestCounts): boolean {
  return requests > 0 && chanceBound(inARow, inARow, (errors + timeouts) / requests) >= CHANCE;
}

function isTooMuch(count: number, total: number, limit: number, legacyCount: number, legacyTotal: number): boolean {
  if (count <= total * limit) return false;
  const own = legacyTotal === 0 ? 0 : legacyCount / legacyTotal;
  return chanceBound(count, total, own) < CHANCE;
}

/**
 * An upper bound on the chance of `count` or more failures in `total` requests when each fails with chance `rate`
 * (Chernoff 1952): exp(-total · KL(count / total ‖ rate)). 1 where the count is no more than expected.
 */
export function chanceBound(count: number, total: number, rate: number): number {
  const share = count / total;
  if (share <= rate) return 1;
  if (rate <= 0) return 0;
  const kept = share < 1 ? (1 - share) * Math.log((1 - share) / (1 - rate)) : 0;
  return Math.exp(-total * (share * Math.log(share / rate) + kept));
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(3))} s`;
}
