/** What an override is, and why one may not count. Types and constants only. */
import type { Side } from '../side.js';

/** The header that a tester sends. Clients' headers of this prefix never reach a side. */
export const OVERRIDE_HEADER = 'X-Facade-Override';

/** Requests of one row go to one side for a while, whatever the row's stage: those that carry it. */
export interface Override {
  /** Id of the row. */
  readonly row: string;
  readonly side: Side;
  /** Epoch seconds at which it ends. */
  readonly until: number;
}

/** Farthest end from now, seconds; also the farthest that is believed. */
export const LONGEST_OVERRIDE_S = 24 * 60 * 60;
/** How long one lasts unless asked otherwise, seconds. */
export const USUAL_OVERRIDE_S = 10 * 60;

/**
 * Why an override does not count: the word in metrics, with its words for people. The request is then served as if it carried none.
 */
export const IGNORED_OVERRIDES = {
  malformed: 'it does not have the form of one, or is given more than once',
  signature: 'this facade has not signed it',
  expired: 'its time is over',
  ahead: 'it ends more than a day from now, so a clock is wrong',
  other_row: 'it is for another row',
  retired: 'the row is retired, so the legacy may be gone',
} as const;

export type IgnoredOverride = keyof typeof IGNORED_OVERRIDES;
