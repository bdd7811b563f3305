/** From all that one request led to at both sides to a verdict. Pure; owns no state but options. */
import type { Finding } from './compare/finding.js';
import { JsonNumber } from './compare/json-document.js';
import { generalPath } from './compare/path.js';
import type { Answered, Comparer, ComparerOptions, Disagreement } from './comparer.js';
import type {
  ComparedRequest,
  ComparisonInput,
  ComparisonResult,
  InconclusiveReason,
  SideOutcome,
} from './comparison.js';
import { areUnseen, isClearThoughDisturbed } from './disturbed.js';
import { clockWindowOf } from './equivalence/clock-window.js';
import { type EquivalenceTerms, settle } from './equivalence/equal-values.js';
import { type FreshPair, FreshValues } from './equivalence/fresh-values.js';
import { type FindTerms, type Found, findDifferences } from './find-differences.js';
import { type Judgement, judge } from './judge.js';
import { knownTexts } from './known-texts.js';
import { NO_NOISE, type NoiseView } from './noise/noise-view.js';
import { isRemembered, rememberedPlaces } from './remembered.js';
import { type CompareRules, DEFAULT_COMPARE_RULES } from './rules/compare-rules.js';
import { type CompiledRules, compileRules } from './rules/compiled-rules.js';
import { showFinding } from './show-finding.js';

const MOST_TOLD = 200;
const MOST_BODY = 4 * 1024 * 1024;
/** A limit that a side counts in its own memory. */
const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = 503;

export function createComparer(options: ComparerOptions): Comparer {
  return {
    compare: (input, rules, noise) => compare(input, rules, noise, options),
    selfDisagreement: (request, first, second, rules) => selfDisagreement(request, first, second, rules, options),
  };
}

function compare(
  input: ComparisonInput,
  rules: CompareRules,
  noise: NoiseView,
  options: ComparerOptions,
): ComparisonResult {
  const { legacy, engine } = input;
  const reason = whyInconclusive(input);
  if (reason !== undefined) return inconclusive(reason, []);
  const compiled = compileRules(rules);
  if (legacy.outcome === 'failed' || engine.outcome === 'failed') {
    const findings = [oneFailed(legacy, engine)];
    return concluded(
      judgeAll(input, findings, NOTHING_NEW, compiled, rules, noise, options),
      0,
      [],
      undefined,
      options,
    );
  }
  const terms = findTerms(input, compiled, rules, options);
  const found = findDifferences(legacy, engine, input.effects, terms);
  const fresh = freshValues(input, legacy, engine, found, terms, rules);
  const judged = judgeAll(input, found.findings.list, { ...found, fresh }, compiled, rules, noise, options);
  return concluded(judged, found.findings.beyond, [...found.notSeen], doubtOf(input, found), options);
}

/** Before anything is compared. */
function whyInconclusive({
  request,
  answeredBy,
  legacy,
  engine,
  effects,
}: ComparisonInput): InconclusiveReason | undefined {
  const [primary, other] = answeredBy === 'legacy' ? [legacy, engine] : [engine, legacy];
  if (primary.outcome === 'failed') return 'primary_failed';
  if (other.outcome === 'failed') return other.code === 'not_dry_runnable' ? 'not_dry_runnable' : undefined;
  const [own, others] = [primary.answer.status, other.answer.status];
  // Copies are not counted, so the side that got the copy can't know how many calls there were.
  if (own === TOO_MANY_REQUESTS && others !== TOO_MANY_REQUESTS) return 'limited';
  if (answeredBy === 'legacy' && others === UNAVAILABLE && own !== UNAVAILABLE) return 'engine_unsure';
  if (legacy.outcome === 'failed' || engine.outcome === 'failed') return undefined;
  return isRemembered(request, legacy.answer, engine.answer, effects) ? 'remembered' : undefined;
}

/**
 * Why the pair may prove nothing. Must not depend on whether the sides agree: were agreeing pairs kept and differing ones put aside, the
 * mismatch rate would read as better than it is.
 */
function doubtOf({ effects, disturbed }: ComparisonInput, found: Found): InconclusiveReason | undefined {
  if (found.disturbed || disturbed === true) return 'disturbed';
  return effects !== undefined && areUnseen(effects) ? 'effects_unseen' : undefined;
}

function oneFailed(legacy: SideOutcome, engine: SideOutcome): Finding {
  const [l, e] = [legacy, engine].map((side) =>
    side.outcome === 'failed' ? `failed: ${side.code}` : new JsonNumber(String(side.answer.status)),
  );
  return { kind: 'status', path: ['status'], legacy: l, engine: e };
}

function findTerms(
  { kind, request: { at }, legacy, legacyAt = at }: ComparisonInput,
  compiled: CompiledRules,
  rules: CompareRules,
  { mostBody = MOST_BODY }: ComparerOptions,
): FindTerms {
  return {
    kind,
    span: { from: at, to: legacyAt + legacy.ms },
    mostBody,
    headers: rules.headers,
    isUnordered: (path) => compiled.unordered(path) !== undefined,
    onEqualText: undefined,
  };
}

interface MadeUp {
  readonly newRows: ReadonlyMap<string, string>;
  readonly fresh: FreshValues | undefined;
}

const NOTHING_NEW: MadeUp = { newRows: new Map(), fresh: undefined };

/** What the sides made up, from all findings together. Costs a second walk, so only where something may have been: never in a read. */
function freshValues(
  input: ComparisonInput,
  legacy: Answered,
  engine: Answered,
  found: Found,
  terms: FindTerms,
  rules: CompareRules,
): FreshValues | undefined {
  if (input.kind === 'read') return undefined;
  const pairs: FreshPair[] = [];
  const collecting: EquivalenceTerms = {
    ...equivalenceTerms(input, found, compileRules(rules), rules),
    agree: (pair) => pairs.push(pair) > 0,
  };
  for (const finding of found.findings.list) settle(finding, collecting);
  if (pairs.length === 0) return undefined;
  const same = new Set<string>();
  findDifferences(legacy, engine, input.effects, { ...terms, onEqualText: (text) => same.add(text) });
  return new FreshValues(knownTexts(input), same, pairs);
}

function equivalenceTerms(
  input: ComparisonInput,
  { newRows }: Pick<MadeUp, 'newRows'>,
  compiled: CompiledRules,
  rules: CompareRules,
): Omit<EquivalenceTerms, 'agree'> {
  const { isExactTimestamp } = compiled;
  return {
    window: clockWindowOf(input, rules),
    newRows,
    isExactTimestamp,
    isRemembered: rememberedPlaces(input.request),
  };
}

function judgeAll(
  input: ComparisonInput,
  findings: readonly Finding[],
  madeUp: MadeUp,
  compiled: CompiledRules,
  rules: CompareRules,
  noise: NoiseView,
  { redactor, now, mostTold = MOST_TOLD }: ComparerOptions,
): Judgement {
  return judge(findings, {
    equivalence: {
      ...equivalenceTerms(input, madeUp, compiled, rules),
      agree: (pair) => madeUp.fresh?.agrees(pair) ?? false,
    },
    rules: compiled,
    noise,
    now: now(),
    mostTold,
    show: (finding) => showFinding(finding, redactor),
  });
}

function concluded(
  judged: Judgement,
  beyond: number,
  notSeen: readonly string[],
  doubt: InconclusiveReason | undefined,
  { redactor, mostTold = MOST_TOLD }: ComparerOptions,
): ComparisonResult {
  const { counting, passed, passedCount, used, expiredRules } = judged;
  const differ = counting.length + beyond > 0;
  if (doubt === 'disturbed' && !isClearThoughDisturbed(counting)) return inconclusive('disturbed', notSeen);
  if (doubt === 'effects_unseen' && !differ) return inconclusive('effects_unseen', notSeen);
  return {
    verdict: differ ? 'mismatch' : judged.ignored ? 'ignored' : 'match',
    reason: undefined,
    differences: counting.slice(0, mostTold).map((finding) => showFinding(finding, redactor)),
    passed,
    notSeen,
    used,
    untold: {
      differences: Math.max(0, counting.length - mostTold) + beyond,
      passed: passedCount - passed.length,
    },
    expiredRules,
  };
}

function inconclusive(reason: InconclusiveReason, notSeen: readonly string[]): ComparisonResult {
  return {
    verdict: 'inconclusive',
    reason,
    differences: [],
    passed: [],
    notSeen,
    used: [],
    untold: { differences: 0, passed: 0 },
    expiredRules: [],
  };
}

/** Both answers are the legacy's; which of the two stands for the engine means nothing here. */
function selfDisagreement(
  request: ComparedRequest,
  first: Answered,
  second: Answered,
  rules: CompareRules,
  options: ComparerOptions,
): Disagreement[] {
  const input: ComparisonInput = {
    request,
    kind: 'read',
    answeredBy: 'legacy',
    legacy: first,
    engine: second,
    effects: undefined,
  };
  const clocks = { ...DEFAULT_COMPARE_RULES, toleranceMs: rules.toleranceMs, clockSkewMs: rules.clockSkewMs };
  const withoutIgnoring = { ...clocks, headers: rules.headers, unordered: rules.unordered };
  const compiled = compileRules(withoutIgnoring);
  const found = findDifferences(first, second, undefined, findTerms(input, compiled, withoutIgnoring, options));
  const { counting } = judgeAll(input, found.findings.list, NOTHING_NEW, compiled, withoutIgnoring, NO_NOISE, options);
  const paths = new Map(
    counting.map(({ kind, path }) => [`${kind} ${generalPath(path)}`, { kind, path: generalPath(path) }]),
  );
  return [...paths.values()];
}
