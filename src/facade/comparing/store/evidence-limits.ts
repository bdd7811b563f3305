/** How much of comparing is kept. */
export interface EvidenceLimits {
  /** Whole mismatches per row. When full, the oldest of the most frequent kind make room. */
  readonly mismatchesPerRow: number;
  /** Whole comparisons of other verdicts per row. */
  readonly matchesPerRow: number;
  /** Days for which whole comparisons, ended periods and what was seen are kept. */
  readonly days: number;
  /** Of whole comparisons of all rows, as stored. */
  readonly megabytes: number;
}

export const EVIDENCE_LIMITS: EvidenceLimits = Object.freeze({
  mismatchesPerRow: 200,
  matchesPerRow: 5,
  days: 30,
  megabytes: 64,
});
