/** What a row says about its comparisons (its `compare:` in the migration table). Frozen; pure data. */

/** "A difference here does not count." Counted each time it is used; without effect once it has expired. */
export interface IgnoreRule {
  /** A path pattern, see `PathPattern`; what lies beneath it is ignored too. */
  readonly path: string;
  /** For a person. Undefined, or without an owner, the rule works but the gate blocks on it. */
  readonly why: string | undefined;
  readonly owner: string | undefined;
  /** Epoch milliseconds from which on it does not apply; undefined: never expires, and the gate blocks on it. */
  readonly expires: number | undefined;
}

/** All that a row says about comparing. */
export interface CompareRules {
  readonly ignore: readonly IgnoreRule[];
  /** Patterns of lists whose order means nothing: compared as multisets. */
  readonly unordered: readonly string[];
  /** Names, in lower case, of answer headers that are compared besides `COMPARED_HEADERS`. */
  readonly headers: readonly string[];
  /**
   * How much further apart than the sides' measured times allow two readings of the clock may be; milliseconds. A second's
   * error is found only while it is larger than both together.
   */
  readonly toleranceMs: number;
  /** How far the legacy's clock may be off the facade's; milliseconds. 0 where they share a machine. */
  readonly clockSkewMs: number;
  /** Patterns of timestamps that must be equal to the digit. */
  readonly exactTimestamps: readonly string[];
}

/** Where a row says nothing. */
export const DEFAULT_COMPARE_RULES: CompareRules = Object.freeze({
  ignore: Object.freeze([]),
  unordered: Object.freeze([]),
  headers: Object.freeze([]),
  toleranceMs: 250,
  clockSkewMs: 0,
  exactTimestamps: Object.freeze([]),
});
