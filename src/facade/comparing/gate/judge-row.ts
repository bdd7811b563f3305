/**
 * The gate: whether what was compared allows a row to move on. Looks at nothing but what it is given.
 * What it promises and what not: docs/operations/compare.md.
 */

import { UNKNOWN_BUILD } from '../../engine-process/engine-supervisor.js';
import { SCHEDULER_ROW } from '../../table/background-tasks.js';
import type { GateConfig } from '../../table/gate-config.js';
import { type Stage, stageRank } from '../../table/stage.js';
import type { InconclusiveReason } from '../comparison.js';
import type { DropReason } from '../drop-reason.js';
import type { IgnoreRule } from '../rules/compare-rules.js';
import type { Evidence, ReasonCount, StatusClass } from '../store/evidence.js';
import type { GateCheck, GateCheckName, GateVerdict } from './gate-verdict.js';
import { anytimeUpperBound, excludes } from './share-intervals.js';

/** What the gate looks at. */
export interface GateInput {
  readonly row: string;
  readonly stage: Stage;
  readonly next: Stage | undefined;
  readonly gate: GateConfig;
  readonly ignore: readonly IgnoreRule[];
  readonly evidence: Evidence;
  /** Requests of clients that the engine has answered at this stage; undefined where nobody counts them. */
  readonly served?: number | undefined;
  /** The last time that the guard moved the row back, unless somebody moved it forward since. */
  readonly movedBack?: MovedBack | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface MovedBack {
  /** Epoch milliseconds. */
  readonly movedAt: number;
  /** Why, for a person. */
  readonly evidence: string;
}

/** Below this p99, in milliseconds, an engine is not called slow, whatever the ratio. */
export const FAST_ENOUGH_MS = 5;

export function judgeRow(input: GateInput): GateVerdict {
  const { row, next, stage } = input;
  // At `legacy` nothing is compared yet: shadowing is how evidence begins.
  const asked = row === SCHEDULER_ROW ? SCHEDULER_CHECKS : servesClients(input) ? [...CHECKS, servedEnough] : CHECKS;
  const all = input.movedBack === undefined ? asked : [...asked, mendedSince];
  const checks = next === undefined || stage === 'legacy' ? [] : all.map((check) => check(input));
  const missing = checks.filter(({ ok }) => !ok).map(({ text }) => text);
  return { row, next, ready: next !== undefined && missing.length === 0, checks, missing, notes: notesOn(input) };
}

const CHECKS: readonly ((input: GateInput) => GateCheck)[] = [
  enough,
  rareEnough,
  statusesCompared,
  callersCompared,
  fastEnough,
  answeredEnough,
  conclusiveEnough,
  quietEnough,
  rulesOwned,
];

/** A tick has no client, so that it has no status, caller or latency; the legacy is not asked to repeat one, and no rule passes over anything. */
const SCHEDULER_CHECKS: typeof CHECKS = [enough, rareEnough, answeredEnough, conclusiveEnough];

/** Comparisons that say whether the sides agree, and how many say that they do not. */
export function conclusive({ counts }: Pick<Evidence, 'counts'>): {
  readonly total: number;
  readonly mismatches: number;
} {
  return { total: counts.match + counts.ignored + counts.mismatch, mismatches: counts.mismatch };
}

function enough({ evidence, gate }: GateInput): GateCheck {
  const { total } = conclusive(evidence);
  return told('minimum', total >= gate.minimum, `${total} conclusive comparisons of at least ${gate.minimum}`);
}

function rareEnough({ evidence, gate }: GateInput): GateCheck {
  const { total, mismatches } = conclusive(evidence);
  const ok = total > 0 && mismatches / total < gate.mismatchRate && excludes(gate.mismatchRate, mismatches, total);
  // Whoever wants no mismatch at all is told what can be had.
  const never = gate.mismatchRate === 0 ? ', which no number of comparisons shows: say 0.1% or the like' : '';
  const bound = total === 0 ? 'nothing is known' : `at most ${boundOf(anytimeUpperBound(mismatches, total))}`;
  return told(
    'mismatch-rate',
    ok,
    `mismatch rate: ${bound} with 95 % confidence (${mismatches} of ${total}), must be below ${percent(gate.mismatchRate)}${never}`,
  );
}

function servesClients({ stage, served }: GateInput): boolean {
  return served !== undefined && stageRank(stage) >= stageRank('canary');
}

/** Without it a row that was compared long enough could go all the way at once, and nobody would have seen the engine serve it. */
function servedEnough({ stage, served = 0, gate }: GateInput): GateCheck {
  const words = `the engine has answered ${served} requests at ${stage} since the row came there or the facade started`;
  return told('served', served >= gate.served, `${words}, must be ${gate.served}`);
}

/** Dry runs may agree with an engine that fails as soon as it serves. A build that was compared before the guard acted is the one that failed. */
function mendedSince({ evidence: { period, earlier }, movedBack }: GateInput): GateCheck {
  if (movedBack === undefined || period === undefined) return told('guard', true, 'nothing is known of an engine');
  const { movedAt, evidence } = movedBack;
  const known = [period, ...earlier].filter(({ build }) => build === period.build);
  const isSame = known.some(({ startedAt }) => Date.parse(startedAt) <= movedAt);
  const words = `the guard moved it back at ${new Date(movedAt).toISOString()} (${evidence})`;
  return told(
    'guard',
    !isSame,
    isSame
      ? `${words}, and it is the same engine still: mend it, or flip the row by hand`
      : `${words}: another engine runs now`,
  );
}

/** The legacy's own faults need not be met: one of them would hold a row up until it happened again. */
const REQUIRED_CLASSES: readonly StatusClass[] = ['1xx', '2xx', '3xx', '4xx'];

function statusesCompared({ evidence, gate }: GateInput): GateCheck {
  const lacking = evidence.statuses.filter(
    ({ value, seen, compared }) => REQUIRED_CLASSES.includes(value) && seen > 0 && compared < gate.perStatus,
  );
  const cells = lacking.map(({ value, compared }) => `${value} ${compared} times`).join(', ');
  return told(
    'statuses',
    lacking.length === 0,
    lacking.length === 0
      ? `each status class that the row answers was compared at least ${gate.perStatus} times`
      : `status classes compared too seldom: ${cells}, must be ${gate.perStatus} times each`,
  );
}

function callersCompared({ evidence }: GateInput): GateCheck {
  const lacking = evidence.callers.filter(({ seen, compared }) => seen > 0 && compared === 0).map(({ value }) => value);
  return told(
    'callers',
    lacking.length === 0,
    lacking.length === 0
      ? 'each kind of caller that was seen was compared'
      : `kinds of callers that were seen but not compared: ${lacking.join(', ')}`,
  );
}

function fastEnough({ evidence, gate }: GateInput): GateCheck {
  const { legacy, engine } = evidence.latency;
  if (legacy.p99 === null || engine.p99 === null) return told('latency', false, 'no latency was measured yet');
  const ok = engine.p99 <= Math.max(FAST_ENOUGH_MS, legacy.p99 * gate.latencyRatio);
  return told(
    'latency',
    ok,
    `p99 of the engine ${milliseconds(engine.p99)}, of the legacy ${milliseconds(legacy.p99)}, allowed is ${gate.latencyRatio} times that or ${FAST_ENOUGH_MS} ms`,
  );
}

/**
 * Drops by which the engine failed a request that its clients would have seen fail, or of which nobody could know whether they would: no
 * number of other requests that agree stands for a route that was never compared.
 */
const ENGINE_FAILURES: readonly string[] = [
  'engine_timeout',
  'engine_unreachable',
  'engine_breaker',
  'engine_busy',
  'engine_not_served',
  'engine_not_dry_runnable',
  'engine_no_dry_run',
] satisfies DropReason[];

/** The same, of comparisons that were made. */
const SILENT_ENGINE: readonly string[] = ['engine_unsure', 'not_dry_runnable'] satisfies InconclusiveReason[];

/** Requests that the engine would have failed leave no pair behind, so that all others could agree and still prove nothing. */
function answeredEnough({ evidence, gate }: GateInput): GateCheck {
  const drops = evidence.drops.filter(({ reason }) => ENGINE_FAILURES.includes(reason));
  const failures = [...drops, ...evidence.inconclusive.filter(({ reason }) => SILENT_ENGINE.includes(reason))];
  const failed = sum(failures);
  const all = sum(drops) + conclusive(evidence).total + evidence.counts.inconclusive;
  const share = all === 0 ? 0 : failed / all;
  return told(
    'engine-failures',
    share <= gate.engineFailures,
    `the engine gave nothing to compare for ${percent(share)} of requests${inBrackets(failures)}, allowed are ${percent(gate.engineFailures)}`,
  );
}

const DISTURBED: InconclusiveReason = 'disturbed';

/**
 * Disturbed comparisons are left out of both sides of the rate whatever they would have said, so however many they are, the rest stand
 * for them. The engine's failures have a limit of their own.
 */
function conclusiveEnough({ evidence, gate }: GateInput): GateCheck {
  const silent = evidence.inconclusive.filter(({ reason }) => reason !== DISTURBED && !SILENT_ENGINE.includes(reason));
  const inconclusive = sum(silent);
  const all = conclusive(evidence).total + inconclusive;
  const share = all === 0 ? 0 : inconclusive / all;
  return told(
    'inconclusive',
    share <= gate.inconclusiveShare,
    `${percent(share)} of comparisons say nothing${inBrackets(silent)}, allowed are ${percent(gate.inconclusiveShare)}`,
  );
}

/** A path on which the legacy disagrees with itself hides what the engine does there; where that is much, a person should say why. */
function quietEnough({ evidence, gate }: GateInput): GateCheck {
  const { total } = conclusive(evidence);
  const share = total === 0 ? 0 : evidence.noisy / total;
  return told(
    'noise',
    share <= gate.noiseShare,
    `${percent(share)} of comparisons agree only because the legacy disagrees with itself there, allowed are ${percent(gate.noiseShare)}: beyond, say by ignore rules why`,
  );
}

function rulesOwned({ ignore, now }: GateInput): GateCheck {
  const faults = ignore.flatMap((rule) => {
    const lacks = [
      ...(rule.owner === undefined ? ['an owner'] : []),
      ...(rule.why === undefined ? ['a reason'] : []),
      ...(rule.expires === undefined ? ['an expiry'] : []),
    ];
    if (lacks.length > 0) return [`${rule.path} lacks ${lacks.join(', ')}`];
    return rule.expires !== undefined && rule.expires <= now ? [`${rule.path} has expired`] : [];
  });
  return told(
    'ignore-rules',
    faults.length === 0,
    faults.length === 0 ? 'each ignore rule has owner, reason and time left' : `ignore rules: ${faults.join('; ')}`,
  );
}

function notesOn({ evidence }: GateInput): string[] {
  const { drops, statuses, passed, unseen, inconclusive, period, counts } = evidence;
  const faults = statuses.find(({ value }) => value === '5xx');
  const ignored = sum(passed.filter(({ by }) => by !== 'equivalence'));
  const disturbed = sum(inconclusive.filter(({ reason }) => reason === DISTURBED));
  const all = conclusive(evidence).total + counts.inconclusive;
  return [
    ...(drops.length > 0 ? [`${sum(drops)} requests were to be compared and were not: ${byReason(drops)}`] : []),
    ...(disturbed > 0
      ? [
          `${percent(disturbed / all)} of comparisons (${disturbed}) were disturbed by other writes and count neither way`,
        ]
      : []),
    ...unseen.map(({ what, count }) => `not looked at in ${count} comparisons: ${what}`),
    ...(faults !== undefined && faults.seen > faults.compared
      ? [`${faults.seen - faults.compared} answers of class 5xx were seen and not compared`]
      : []),
    ...(ignored > 0 ? [`${ignored} differences were passed over by ignore rules or as noise`] : []),
    ...(period?.build === UNKNOWN_BUILD
      ? ['nobody knows which build of the engine was compared: evidence does not begin anew when another is started']
      : []),
  ];
}

function sum(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}

function byReason(counts: readonly ReasonCount[]): string {
  return counts.map(({ reason, count }) => `${reason} ${count}`).join(', ');
}

function inBrackets(counts: readonly ReasonCount[]): string {
  return counts.length === 0 ? '' : ` (${byReason(counts)})`;
}

function told(name: GateCheckName, ok: boolean, text: string): GateCheck {
  return { name, ok, text };
}

/** Two digits that count: 0.42 %, 12 %, 0.0031 %. */
/** Rounded up, and finer than its limit is written: a bound above 1 % must not read as 1 %. */
function boundOf(share: number): string {
  const value = share * 100;
  const factor = 10 ** Math.max(0, Math.min(8, 2 - Math.floor(Math.log10(value))));
  return `${Math.min(100, Math.ceil(value * factor) / factor)} %`;
}

export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  const digits = Math.max(0, Math.min(8, 1 - Math.floor(Math.log10(value))));
  return `${Number(value.toFixed(digits))} %`;
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}
