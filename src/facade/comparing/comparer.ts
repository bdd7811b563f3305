/** What compares: from all that one request led to at both sides to a verdict. Pure; never throws on what sides sent. */
import type { ComparedRequest, ComparisonInput, ComparisonResult, DifferenceKind, SideOutcome } from './comparison.js';
import type { NoiseView } from './noise/noise-view.js';
import type { Redactor } from './redaction/redactor.js';
import type { CompareRules } from './rules/compare-rules.js';

export type Answered = Extract<SideOutcome, { outcome: 'answered' }>;

/** A path on which the legacy does not agree with itself. */
export interface Disagreement {
  /** General, as `generalPath` gives. */
  readonly path: string;
  readonly kind: DifferenceKind;
}

export interface Comparer {
  compare(input: ComparisonInput, rules: CompareRules, noise: NoiseView): ComparisonResult;
  /**
   * The legacy's two answers to one safe request, asked at the same time.
   * @returns where it disagrees with itself beyond equivalence; what the noise is learned from
   */
  selfDisagreement(request: ComparedRequest, first: Answered, second: Answered, rules: CompareRules): Disagreement[];
}

export interface ComparerOptions {
  /** For the values that results show. */
  readonly redactor: Redactor;
  /** Epoch milliseconds; decides which rules have expired. */
  readonly now: () => number;
  /** Differences and passed differences that a result tells, each; default 200. The rest is counted. */
  readonly mostTold?: number;
  /** Decoded bytes of a body that are compared by structure; larger ones are compared by digest. Default 4 MiB. */
  readonly mostBody?: number;
}
