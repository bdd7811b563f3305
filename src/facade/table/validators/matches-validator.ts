/** No request falls under two rows: specificity decides between rules, so two that are equally specific must not meet. */
import type { MatchConfig } from '../table-config.js';
import type { TableValidator } from './table-validator.js';

export const validateMatches: TableValidator = ({ routes }, problems) => {
  const seen = new Map<string, { readonly id: string; readonly match: MatchConfig }>();
  for (const { id, matches } of routes) {
    for (const match of matches) {
      for (const method of match.methods === '*' ? ['*'] : match.methods) {
        const key = `${method} ${shapeOf(match.rule)}`;
        const first = seen.get(key);
        if (first === undefined) seen.set(key, { id, match });
        else
          problems.add(
            match,
            `expected ${method} ${match.rule} under one row (found ${first.match.rule} at row ${first.id} on line ${first.match.line})`,
          );
      }
    }
  }
};

/** Rules of one shape match the same paths: what parameters are called makes no difference. */
function shapeOf(rule: string): string {
  return rule.replace(/:[A-Za-z0-9_]+/g, ':');
}
