/**
 * What a count of mismatches says about the mismatch rate behind it: the interval that is shown, and the bound that the
 * gate decides by. Why there are two: docs/decisions/gate-by-confidence-sequence.md. Pure numbers.
 */
import { betaQuantile, logBeta } from './beta-distribution.js';

export interface ShareInterval {
  readonly low: number;
  readonly high: number;
}

/** Of every interval and bound here: the chance of being wrong. */
export const ALPHA = 0.05;

/**
 * Prior of the sequence, Beta(1/2, 100): weight on small rates, where the gate decides. Any fixed prior keeps the promise;
 * this one makes the bound tight for few mismatches. Must never depend on what was counted.
 */
const PRIOR = { a: 0.5, b: 100 } as const;

/**
 * Clopper and Pearson's interval (Biometrika 26, 1934): right at least 95 times in 100 when it is looked at once.
 * @param hits of `total`, both whole numbers; nothing is known of 0 of 0
 */
export function clopperPearson(hits: number, total: number, alpha: number = ALPHA): ShareInterval {
  checkCounts(hits, total);
  return {
    low: hits === 0 ? 0 : betaQuantile(alpha / 2, hits, total - hits + 1),
    high: hits === total ? 1 : betaQuantile(1 - alpha / 2, hits + 1, total - hits),
  };
}

/**
 * Whether the counts exclude a rate of `rate`, at any time and however often this was asked before. The ratio of the
 * prior's to the posterior's density at the true rate is a nonnegative martingale that begins at 1, so it ever reaches
 * 1/α with a chance of at most α (Ville 1939; Robbins 1970; Waudby-Smith and Ramdas 2020, "prior-posterior-ratio").
 */
export function excludes(rate: number, hits: number, total: number, alpha: number = ALPHA): boolean {
  checkCounts(hits, total);
  if (rate <= 0) return hits > 0;
  if (rate >= 1) return hits < total;
  const misses = total - hits;
  const logRatio =
    logBeta(PRIOR.a + hits, PRIOR.b + misses) -
    logBeta(PRIOR.a, PRIOR.b) -
    hits * Math.log(rate) -
    misses * Math.log1p(-rate);
  return logRatio >= -Math.log(alpha);
}

/** The upper end of the sequence: the largest rate that the counts do not exclude. 1 for 0 of 0. */
export function anytimeUpperBound(hits: number, total: number, alpha: number = ALPHA): number {
  // At the observed rate the likelihood is largest, so it is never excluded; above it, exclusion only grows.
  let low = total === 0 ? 1 : hits / total;
  let high = 1;
  for (let step = 0; step < MOST_HALVINGS && high - low > PRECISION * high; step += 1) {
    const middle = (low + high) / 2;
    if (excludes(middle, hits, total, alpha)) high = middle;
    else low = middle;
  }
  return high;
}

const MOST_HALVINGS = 100;
const PRECISION = 1e-9;

function checkCounts(hits: number, total: number): void {
  if (!Number.isInteger(hits) || !Number.isInteger(total) || hits < 0 || hits > total)
    throw new TypeError(`no count: ${hits} of ${total}`);
}
