/** Reads what a canary tells clients apart by. */
import type { CohortKey } from './table-snapshot.js';

/** For a problem's or an error's text. */
export const COHORT_KEYS_EXPECTED = 'guid, operator, address or header:NAME';

/** RFC 9110 5.1: a field name is a token. */
const HEADER = /^header:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

/** @returns undefined when the text is none of `COHORT_KEYS_EXPECTED` */
export function parseCohortKey(text: string): CohortKey | undefined {
  if (text === 'guid' || text === 'operator' || text === 'address') return text;
  return HEADER.test(text) ? (text as `header:${string}`) : undefined;
}

/** A percentage counts with two decimals. */
export function isPercentage(value: number): boolean {
  return value >= 0 && value <= 100 && Math.abs(value * 100 - Math.round(value * 100)) < 1e-6;
}
