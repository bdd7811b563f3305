/**
 * A report as headings, paragraphs and tables, before it is written in a format: both formats say the same, and neither
 * composer ever handles markup. Pure.
 */

import type { Difference } from '../comparison.js';
import { milliseconds, percent } from '../gate/judge-row.js';
import type { StoredPair } from '../store/kept-pair.js';
import type { ReportData, ReportRow } from './report-data.js';

export type ReportBlock =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'table'; readonly heads: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'code'; readonly text: string };

const MOST_ROWS = 30;
const MOST_BODY = 4000;

export function reportDocument(data: ReportData): ReportBlock[] {
  const ready = data.rows.filter(({ gate }) => gate.ready).length;
  return [
    heading(1, 'Comparison of engine and legacy'),
    paragraph(
      `Made ${data.madeAt} by ${data.madeBy}, facade ${data.facadeVersion}, table version ${data.tableVersion}. ${ready} of ${data.rows.length} rows are ready for their next stage.`,
    ),
    table(
      ['row', 'stage', 'next', 'comparisons', 'mismatch rate', '95 % interval', 'mismatches', 'ready'],
      data.rows.map(overview),
    ),
    paragraph(
      "The interval is Clopper and Pearson's. The gate decides by a bound that holds however often it is looked at, and is therefore wider.",
    ),
    ...data.rows.flatMap(rowBlocks),
  ];
}

function overview({ summary }: ReportRow): string[] {
  const { row, stage, next, conclusive, matchRate, counts, ready } = summary;
  return [
    row,
    stage,
    next ?? '-',
    String(conclusive),
    matchRate === null ? '-' : percent(1 - matchRate.share),
    matchRate === null ? '-' : `${percent(1 - matchRate.high)} to ${percent(1 - matchRate.low)}`,
    String(counts.mismatch),
    ready ? 'yes' : 'no',
  ];
}

function rowBlocks({ summary, evidence, gate, examples }: ReportRow): ReportBlock[] {
  const { period, statuses, callers, shapes, latency } = evidence;
  return [
    heading(2, summary.row),
    paragraph(
      period === null
        ? 'Nothing was compared under stage, rules and build as they are.'
        : `Compared from ${period.startedAt} to ${period.lastAt}, answered by the ${period.answeredBy}, engine build ${period.build}, rules ${period.rules}.`,
    ),
    ...filled(
      'Gate',
      ['', 'condition'],
      gate.checks.map(({ ok, text }) => [ok ? 'holds' : 'MISSING', text]),
    ),
    ...(gate.notes.length === 0 ? [] : [list(gate.notes)]),
    ...filled(
      'Verdicts',
      ['verdict', 'comparisons'],
      Object.entries(evidence.counts).map(([verdict, count]) => [verdict, String(count)]),
    ),
    ...filled(
      'Coverage',
      ['cell', 'compared', 'mismatches', 'seen'],
      [
        ...statuses.map((cell) => ({ ...cell, value: `status ${cell.value}` })),
        ...callers.map((cell) => ({ ...cell, value: `caller ${cell.value}` })),
        ...shapes.map((cell) => ({ ...cell, value: `parameters ${cell.value}` })),
      ].map(({ value, compared, mismatches, seen }) => [value, String(compared), String(mismatches), String(seen)]),
    ),
    ...filled(
      'Latency',
      ['side', 'answers', 'p50', 'p99'],
      Object.entries(latency).map(([side, { count, p50, p99 }]) => [side, String(count), shown(p50), shown(p99)]),
    ),
    ...filled(
      'Mismatches',
      ['comparisons', 'kind', 'path', 'example'],
      evidence.mismatches.map(({ count, kind, path, newest }) => [
        String(count),
        kind,
        path,
        newest === null ? '-' : String(newest),
      ]),
    ),
    ...filled(
      'Passed over',
      ['differences', 'by', 'rule'],
      evidence.passed.map(({ count, by, rule }) => [String(count), by, rule]),
    ),
    ...filled(
      'Saying nothing',
      ['comparisons', 'reason'],
      evidence.inconclusive.map(({ count, reason }) => [String(count), reason]),
    ),
    ...filled(
      'Not looked at',
      ['comparisons', 'what'],
      evidence.unseen.map(({ count, what }) => [String(count), what]),
    ),
    ...filled(
      'Not compared',
      ['requests', 'reason'],
      evidence.drops.map(({ count, reason }) => [String(count), reason]),
    ),
    ...filled(
      'Earlier periods',
      ['until', 'build', 'rules', 'comparisons', 'mismatches'],
      evidence.earlier.map(({ lastAt, build, rules, counts }) => [
        lastAt,
        build,
        rules,
        String(counts.match + counts.ignored + counts.mismatch),
        String(counts.mismatch),
      ]),
    ),
    ...examples.flatMap(exampleBlocks),
  ]; // prettier-ignore
}

function exampleBlocks({ id, method, target, pair }: StoredPair): ReportBlock[] {
  const answer = (side: 'legacy' | 'engine'): string => {
    const outcome = pair[side];
    if (outcome.outcome === 'failed') return `${side}: failed, ${outcome.code}`;
    return `${side}: status ${outcome.answer.status}\n${outcome.answer.body.text.slice(0, MOST_BODY)}`;
  };
  return [
    heading(3, `Example ${id}: ${method} ${target}`),
    table(['kind', 'path', 'legacy', 'engine'], pair.result.differences.slice(0, MOST_ROWS).map(differenceRow)),
    { kind: 'code', text: `${answer('legacy')}\n\n${answer('engine')}` },
  ];
}

function differenceRow({ kind, path, legacy, engine }: Difference): string[] {
  return [kind, path, legacy ?? '-', engine ?? '-'];
}

function filled(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): ReportBlock[] {
  if (rows.length === 0) return [];
  const more = rows.length > MOST_ROWS ? [paragraph(`And ${rows.length - MOST_ROWS} more.`)] : [];
  return [heading(3, title), table(heads, rows.slice(0, MOST_ROWS)), ...more];
}

function heading(level: 1 | 2 | 3, text: string): ReportBlock {
  return { kind: 'heading', level, text };
}

function paragraph(text: string): ReportBlock {
  return { kind: 'paragraph', text };
}

function list(items: readonly string[]): ReportBlock {
  return { kind: 'list', items };
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): ReportBlock {
  return { kind: 'table', heads, rows };
}

function shown(ms: number | null): string {
  return ms === null ? '-' : milliseconds(ms);
}
