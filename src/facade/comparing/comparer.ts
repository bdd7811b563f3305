/** What compares: from all that one request led to at both sides to a verdict. Pure; never throws on what sides sent. */
import type { CapturedAnswer, ComparedRequest, ComparisonInput, ComparisonResult } from './comparison.js';
import type { NoiseView } from './noise/noise-view.js';
import type { Redactor } from './redaction/redactor.js';
import type { CompareRules } from './rules/compare-rules.js';

export interface Comparer {
  compare(input: ComparisonInput, rules: CompareRules, noise: NoiseView): ComparisonResult;
  /**
   * The legacy's two answers to one safe request.
   * @returns general paths on which it disagrees with itself beyond equivalence and rules; what the noise is learned from
   */
  selfDisagreement(
    request: ComparedRequest,
    first: CapturedAnswer,
    second: CapturedAnswer,
    rules: CompareRules,
  ): string[];
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
