/** All of one row's evidence, for a terminal. Pure. */
import type { GateVerdict } from '../comparing/gate/gate-verdict.js';
import type { ComparisonSummary } from '../comparing/store/comparison-summary.js';
import type { CoverageCell, Evidence, EvidencePeriod } from '../comparing/store/evidence.js';
import { percentOf, shownMilliseconds } from './comparison-words.js';
import { columns, facts, paintStage, printable, type Style } from './style.js';

/** As the admin API gives it. */
export interface RowEvidence {
  readonly summary: ComparisonSummary;
  readonly evidence: Omit<Evidence, 'period'> & { readonly period: EvidencePeriod | null };
  readonly gate: GateVerdict;
}

const MOST_LINES = 20;

export function writeEvidence({ summary, evidence, gate }: RowEvidence, style: Style): string {
  return [
    ...head(summary, evidence, style),
    ...section(
      'GATE',
      gate.checks.map(({ ok, text }) => `${ok ? style.good('ok     ') : style.bad('missing')}  ${printable(text)}`),
      style,
    ),
    ...section('NOTES', gate.notes.map(printable), style),
    ...table(
      'MISMATCHES',
      ['COUNT', 'KIND', 'PATH', 'NEWEST'],
      evidence.mismatches.map(({ count, kind, path, newest }) => [
        String(count),
        kind,
        path,
        newest === null ? '-' : String(newest),
      ]),
      style,
    ),
    ...coverage('STATUS CLASSES', evidence.statuses, style),
    ...coverage('CALLERS', evidence.callers, style),
    ...coverage('PARAMETERS', evidence.shapes, style),
    ...table(
      'PASSED OVER',
      ['COUNT', 'BY', 'RULE'],
      evidence.passed.map(({ count, by, rule }) => [String(count), by, rule]),
      style,
    ),
    ...table(
      'SAYING NOTHING',
      ['COUNT', 'REASON'],
      evidence.inconclusive.map(({ count, reason }) => [String(count), reason]),
      style,
    ),
    ...table(
      'NOT LOOKED AT',
      ['COUNT', 'WHAT'],
      evidence.unseen.map(({ count, what }) => [String(count), what]),
      style,
    ),
    ...table(
      'NOT COMPARED',
      ['COUNT', 'REASON'],
      evidence.drops.map(({ count, reason }) => [String(count), reason]),
      style,
    ),
    ...table(
      'EARLIER PERIODS',
      ['UNTIL', 'ANSWERED BY', 'BUILD', 'RULES', 'MATCH', 'IGNORED', 'MISMATCH', 'INCONCLUSIVE'],
      evidence.earlier.map(earlier),
      style,
    ),
  ].join('\n'); // prettier-ignore
}

function head(summary: ComparisonSummary, { period }: RowEvidence['evidence'], style: Style): string[] {
  const { matchRate, conclusive, counts, latency, stage, next, ready } = summary;
  const rate =
    matchRate === null
      ? 'nothing was compared under stage, rules and build as they are'
      : `${percentOf(matchRate.share)} of ${conclusive} match, 95 % interval ${percentOf(matchRate.low)} to ${percentOf(matchRate.high)}`;
  const pairs: [string, string][] = [
    [
      'stage',
      paintStage(stage, style) +
        (next === null ? '' : `, next ${next}: ${ready ? style.good('ready') : style.caution('not ready')}`),
    ],
    ['comparisons', rate],
    [
      'verdicts',
      Object.entries(counts)
        .map(([verdict, count]) => `${verdict} ${count}`)
        .join(', '),
    ],
    [
      'latency',
      `p50 ${shownMilliseconds(latency.legacy.p50)} / ${shownMilliseconds(latency.engine.p50)}, p99 ${shownMilliseconds(latency.legacy.p99)} / ${shownMilliseconds(latency.engine.p99)} (legacy / engine)`,
    ],
  ]; // prettier-ignore
  if (period !== null)
    pairs.push([
      'since',
      `${period.startedAt}, answered by the ${period.answeredBy}, engine ${printable(period.build)}, rules ${printable(period.rules)}`,
    ]);
  return [style.bold(printable(summary.row)), facts(pairs, style)];
}

function coverage(title: string, cells: readonly CoverageCell<string>[], style: Style): string[] {
  const rows = cells.map(({ value, compared, mismatches, seen }) => [
    value,
    String(compared),
    String(mismatches),
    String(seen),
  ]);
  return table(title, ['', 'COMPARED', 'MISMATCHES', 'SEEN'], rows, style);
}

function earlier({ lastAt, answeredBy, build, rules, counts }: Evidence['earlier'][number]): string[] {
  const { match, ignored, mismatch, inconclusive } = counts;
  return [lastAt, answeredBy, build, rules, ...[match, ignored, mismatch, inconclusive].map(String)];
}

function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[], style: Style): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MOST_LINES).map((row) => row.map(printable));
  const more = rows.length > MOST_LINES ? [style.dim(`and ${rows.length - MOST_LINES} more`)] : [];
  return ['', style.bold(title), columns(heads, shown, style), ...more];
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}
