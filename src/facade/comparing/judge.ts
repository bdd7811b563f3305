/** Says of each finding whether it counts: equivalence first, then the row's rules, then learned noise. Keeps account of all it passes. */

import type { Finding } from './compare/finding.js';
import { generalPath } from './compare/path.js';
import type { Difference, PassedDifference, PassUse } from './comparison.js';
import { type EquivalenceTerms, settle } from './equivalence/equal-values.js';
import type { NoiseView } from './noise/noise-view.js';
import type { CompiledRules } from './rules/compiled-rules.js';

export interface JudgeTerms {
  readonly equivalence: EquivalenceTerms;
  readonly rules: CompiledRules;
  readonly noise: NoiseView;
  /** Epoch milliseconds; decides which rules have expired. */
  readonly now: number;
  readonly mostTold: number;
  /** Brings a finding into the form in which it is told, redacted. */
  readonly show: (finding: Finding) => Difference;
}

type Pass = Pick<PassedDifference, 'by' | 'rule' | 'why'>;

export interface Judgement {
  /** All that count. */
  readonly counting: readonly Finding[];
  readonly passed: readonly PassedDifference[];
  readonly passedCount: number;
  /** Something was passed by a rule or as noise. */
  readonly ignored: boolean;
  readonly used: readonly PassUse[];
  readonly expiredRules: readonly string[];
}

export function judge(findings: readonly Finding[], terms: JudgeTerms): Judgement {
  const counting: Finding[] = [];
  const passed: PassedDifference[] = [];
  const used = new Map<string, { -readonly [K in keyof PassUse]: PassUse[K] }>();
  const expired = new Set<string>();
  for (const finding of findings) {
    const pass = passOf(finding, terms, expired);
    if (pass === undefined) {
      counting.push(finding);
      continue;
    }
    if (passed.length < terms.mostTold) passed.push(passedDifference(terms.show(finding), pass));
    const key = `${pass.by} ${pass.rule}`;
    const use = used.get(key);
    if (use === undefined) used.set(key, { by: pass.by, rule: pass.rule, count: 1 });
    else use.count += 1;
  }
  const uses = [...used.values()];
  return {
    counting,
    passed,
    passedCount: findings.length - counting.length,
    ignored: uses.some(({ by }) => by !== 'equivalence'),
    used: uses,
    expiredRules: [...expired],
  };
}

function passedDifference({ kind, path, legacy, engine }: Difference, { by, rule, why }: Pass): PassedDifference {
  return { kind, path, legacy, engine, by, rule, why };
}

function passOf(finding: Finding, terms: JudgeTerms, expired: Set<string>): Pass | undefined {
  const settled = settle(finding, terms.equivalence);
  if (settled !== undefined) return { by: 'equivalence', rule: settled.name, why: settled.why };
  const unordered = finding.kind === 'order' ? terms.rules.unordered(finding.path) : undefined;
  if (unordered !== undefined) return { by: 'rule', rule: unordered, why: 'the order of this list means nothing' };
  const ignoring = terms.rules.ignoring(finding.path, terms.now);
  if (ignoring?.expired === false)
    return { by: 'rule', rule: ignoring.rule.path, why: ignoring.rule.why ?? 'no reason given' };
  if (ignoring !== undefined) expired.add(ignoring.rule.path);
  const path = generalPath(finding.path);
  const why = terms.noise.noiseAt(path, finding.kind);
  return why === undefined ? undefined : { by: 'noise', rule: path, why };
}
