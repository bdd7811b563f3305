/** A row's rules made ready for matching. Kept as long as the row's table version lives. */
import type { Path } from '../compare/path.js';
import type { CompareRules, IgnoreRule } from './compare-rules.js';
import { coversPath, namesPath, type PathPattern, pathPatternProblem, readPathPattern } from './path-pattern.js';

export interface CompiledRules {
  /** The first rule that covers the path and has not expired; else the first that has. */
  ignoring(path: Path, now: number): { readonly rule: IgnoreRule; readonly expired: boolean } | undefined;
  /** The pattern by which the order of the list at this path means nothing. */
  unordered(path: Path): string | undefined;
  isExactTimestamp(path: Path): boolean;
}

const compiled = new WeakMap<CompareRules, CompiledRules>();

/** Patterns that can't be read pass nothing over; the table's reader refuses them before they get here. */
export function compileRules(rules: CompareRules): CompiledRules {
  const before = compiled.get(rules);
  if (before !== undefined) return before;
  const ignore = rules.ignore.flatMap((rule) => read(rule.path).map((pattern) => ({ rule, pattern })));
  const unordered = rules.unordered.flatMap(read);
  const exact = rules.exactTimestamps.flatMap(read);
  const made: CompiledRules = {
    ignoring: (path, now) => {
      const covering = ignore.filter(({ pattern }) => coversPath(pattern, path)).map(({ rule }) => rule);
      const rule = covering.find((one) => !hasExpired(one, now)) ?? covering[0];
      return rule && { rule, expired: hasExpired(rule, now) };
    },
    unordered: (path) => unordered.find((pattern) => namesPath(pattern, path))?.text,
    isExactTimestamp: (path) => exact.some((pattern) => coversPath(pattern, path)),
  };
  compiled.set(rules, made);
  return made;
}

function hasExpired({ expires }: IgnoreRule, now: number): boolean {
  return expires !== undefined && now >= expires;
}

function read(text: string): PathPattern[] {
  return pathPatternProblem(text) === undefined ? [readPathPattern(text)] : [];
}
