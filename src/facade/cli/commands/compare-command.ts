/** `facade compare [ROW]`: what was compared, and what each row lacks for its next stage. */
import type { Command } from 'commander';
import type { StoreHealth } from '../../comparing/store/comparison-store.js';
import type { ComparisonSummary } from '../../comparing/store/comparison-summary.js';
import { SCHEDULER_ROW } from '../../table/background-tasks.js';
import { type CliContext, type GlobalOptions, showPages } from '../cli-context.js';
import { percentOf, shownMilliseconds } from '../comparison-words.js';
import { columns, paintStage, printable, type Style } from '../style.js';
import { type RowEvidence, writeEvidence } from '../write-evidence.js';

interface CompareOptions extends GlobalOptions {
  readonly all?: boolean;
  readonly export?: boolean;
}

export function addCompareCommand(program: Command, context: CliContext): void {
  program
    .command('compare')
    .summary('what was compared, row by row')
    .description(
      'Shows for each row how often the engine did what the legacy did, how sure that is, and what the row lacks for its next stage. With a row, all of its evidence.',
    )
    .argument('[target]', 'id of a row: show all of its evidence')
    .option('--all', 'rows too that compare nothing')
    .option('--export', 'print the evidence as JSON lines, one row a line')
    .action(async (target: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<CompareOptions>();
      const facade = context.facade(options);
      const evidenceOf = (row: string) => facade.call<RowEvidence>('GET', `/comparisons/${encodeURIComponent(row)}`);
      if (target !== undefined && options.export !== true)
        return context.show(options, await evidenceOf(target), writeEvidence);
      const { rows, store, notCompared } = await facade.call<Comparisons>('GET', '/comparisons');
      const shown = rows.filter((row) => options.all === true || hasEvidence(row));
      if (options.export !== true) return context.show(options, { store, rows: shown, notCompared }, writeComparisons);
      await showPages(context, async function* () {
        for (const { row } of target === undefined ? shown : [{ row: target }]) yield await evidenceOf(row);
      });
    });
}

export interface Comparisons {
  readonly store: Omit<StoreHealth, 'problem'> & { readonly problem: string | null };
  readonly rows: readonly ComparisonSummary[];
  /** Events at stages that compare, while the sockets are at one where nobody sees events. */
  readonly notCompared: readonly string[];
}

/** At a stage that compares, or with something to tell of one. */
function hasEvidence({ row, stage, period, earlierPeriods, drops }: ComparisonSummary): boolean {
  if (period !== null || earlierPeriods > 0 || drops.length > 0) return true;
  // Nobody has put the scheduler to where it is compared.
  return row !== SCHEDULER_ROW && !['legacy', 'retired', 'engine'].includes(stage);
}

function writeComparisons({ store, rows, notCompared }: Comparisons, style: Style): string {
  const heads = [
    'ROW',
    'STAGE',
    'N',
    'MATCH',
    '95 % INTERVAL',
    'MISMATCHES',
    'STATUS',
    'CALLERS',
    'P50',
    'P99',
    'NEXT',
  ];
  const lines = rows.map((row) => [
    printable(row.row),
    paintStage(row.stage, style),
    String(row.conclusive),
    row.matchRate === null ? '-' : percentOf(row.matchRate.share),
    row.matchRate === null ? '-' : `${percentOf(row.matchRate.low)} to ${percentOf(row.matchRate.high)}`,
    kinds(row, style),
    row.coverage.statuses.join(' of '),
    row.coverage.callers.join(' of '),
    latencies(row, 'p50'),
    latencies(row, 'p99'),
    nextOf(row, style),
  ]);
  const missing = rows.filter(({ missing: all }) => all.length > 0);
  return [
    ...(store.writable
      ? []
      : [style.bad(`Comparisons are not kept: ${printable(store.problem)} (${store.lost} lost)`), '']),
    rows.length === 0
      ? 'Nothing was compared yet. Begin with: facade flip ROW shadow --why "…"'
      : columns(heads, lines, style),
    ...missing.flatMap((row) => [
      '',
      `${style.bold(printable(row.row))} lacks for ${row.next}:`,
      ...[...row.missing, ...row.notes.map((note) => `(${note})`)].map((text) => `  ${printable(text)}`),
    ]),
    ...(rows.length === 0
      ? []
      : ['', style.dim('Latencies are legacy / engine. Details: facade compare ROW, facade mismatches ROW')]),
    ...(notCompared.length === 0
      ? []
      : ['', style.caution(`Not compared, though at a stage that compares: ${printable(notCompared.join(', '))}`)]),
  ].join('\n');
}

function kinds({ counts, mismatchesByKind }: ComparisonSummary, style: Style): string {
  const told = Object.entries(mismatchesByKind).map(([kind, count]) => `${printable(kind)} ${count}`);
  const inconclusive = counts.inconclusive > 0 ? [`${counts.inconclusive} inconclusive`] : [];
  const all =
    counts.mismatch > 0 ? [style.bad(`${counts.mismatch}`) + (told.length > 0 ? ` (${told.join(', ')})` : '')] : [];
  return [...all, ...inconclusive].join(', ') || '0';
}

function latencies({ latency }: ComparisonSummary, which: 'p50' | 'p99'): string {
  return `${shownMilliseconds(latency.legacy[which])} / ${shownMilliseconds(latency.engine[which])}`;
}

function nextOf({ ready, next, missing }: ComparisonSummary, style: Style): string {
  if (next === null) return '-';
  return ready ? style.good(`ready for ${next}`) : style.caution(`${next}: ${missing.length} missing`);
}
