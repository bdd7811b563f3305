/** `facade report [ROW…]`: one file for a change review. */
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { ReportData, ReportRow } from '../../comparing/report/report-data.js';
import { reportDocument } from '../../comparing/report/report-document.js';
import { REPORT_FORMATS, type ReportFormat, writeReport } from '../../comparing/report/write-report.js';
import type { StoredPair } from '../../comparing/store/kept-pair.js';
import type { AdminClient } from '../admin-client.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import { printable } from '../style.js';
import type { RowEvidence } from '../write-evidence.js';
import type { Comparisons } from './compare-command.js';

interface ReportOptions extends GlobalOptions {
  readonly format: ReportFormat;
  readonly output?: string;
}

/** Of each row: one example for each of its most frequent mismatches. */
const MOST_EXAMPLES = 3;

export function addReportCommand(program: Command, context: CliContext): void {
  program
    .command('report')
    .summary('evidence as one file, for a change review')
    .description(
      'Writes the evidence of the named rows, or of all that were compared, as one file that needs no other: HTML without scripts, or Markdown. Secrets are not in it.',
    )
    .argument('[target...]', 'ids of rows (default: all that were compared, or were to be)')
    .addOption(new Option('--format <format>', 'what to write').choices(REPORT_FORMATS).default('html'))
    .option('--output <file>', 'file to write (default: standard output)')
    .action(async (targets: readonly string[], _options, command: Command) => {
      const options = command.optsWithGlobals<ReportOptions>();
      const data = await gather(context, context.facade(options), targets);
      if (options.json === true) return context.show(options, data, () => '');
      const text = writeReport(reportDocument(data), options.format);
      if (options.output === undefined) return context.io.stdout.write(text);
      await save(options.output, text);
      context.io.stdout.write(
        `${printable(options.output)} written, ${data.rows.length} ${data.rows.length === 1 ? 'row' : 'rows'}\n`,
      );
    });
}

async function gather(context: CliContext, facade: AdminClient, targets: readonly string[]): Promise<ReportData> {
  const { version: tableVersion } = await facade.call<{ version: number }>('GET', '/routes');
  const { rows } = await facade.call<Comparisons>('GET', '/comparisons');
  // A row of which all was dropped has no evidence, and most needs to be looked at.
  const compared = rows.filter((row) => row.period !== null || row.earlierPeriods + row.drops.length > 0);
  const ids = targets.length > 0 ? targets : compared.map(({ row }) => row);
  const reports: ReportRow[] = [];
  for (const id of ids) reports.push(await reportRow(facade, id));
  const { io } = context;
  return {
    madeAt: new Date(io.now()).toISOString(),
    madeBy: io.user,
    facadeVersion: io.version,
    tableVersion,
    rows: reports,
  };
}

async function reportRow(facade: AdminClient, id: string): Promise<ReportRow> {
  const row = await facade.call<RowEvidence>('GET', `/comparisons/${encodeURIComponent(id)}`);
  const ids = new Set(row.evidence.mismatches.flatMap(({ newest }) => newest ?? []).slice(0, MOST_EXAMPLES));
  const examples: StoredPair[] = [];
  for (const pair of ids) examples.push(await facade.call<StoredPair>('GET', `/pairs/${pair}`));
  return { ...row, examples };
}

async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new CliError('failed', 'report_unwritable', `${file} can't be written: ${(cause as Error).message}`, {
      cause,
    });
  }
}
