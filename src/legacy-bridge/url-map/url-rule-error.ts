/** Why a set of rules can't become a map. */
export type UrlRuleErrorCode = 'rule_malformed' | 'rule_duplicate';

/** A rule that can't be used, by its text. `problem` says what was expected, for a person. */
export class UrlRuleError extends Error {
  readonly code: UrlRuleErrorCode;
  readonly rule: string;
  readonly problem: string;

  constructor(code: UrlRuleErrorCode, rule: string, problem: string) {
    super(`${rule}: ${problem}`);
    this.name = 'UrlRuleError';
    this.code = code;
    this.rule = rule;
    this.problem = problem;
  }
}
