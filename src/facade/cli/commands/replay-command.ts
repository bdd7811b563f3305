/** `facade replay [ROW]`: whether kept mismatches are gone. */
import type { Command } from 'commander';
import type { Replayed, ReplayReport } from '../../comparing/replay/replay-pairs.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { EXIT_CODES } from '../exit-code.js';
import { wholeNumber } from '../parse-values.js';
import { columns, printable, type Style } from '../style.js';

interface ReplayOptions extends GlobalOptions {
  readonly limit: number;
}

export function addReplayCommand(program: Command, context: CliContext): void {
  program
    .command('replay')
    .summary('run kept mismatches at the engine again')
    .description(
      "Runs kept mismatches at the engine as it is now, as dry runs, and compares with the legacy's answer of then: how many are gone. Exits with 1 while any is not, or was not run: for lack of time, or since the engine gave no answer.",
    )
    .argument('[target]', 'id of a row: only its mismatches')
    .option('--limit <number>', 'most mismatches to run, newest first, up to 500', wholeNumber, 50)
    .action(async (target: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<ReplayOptions>();
      const body = { row: target, limit: options.limit, who: context.io.user };
      const report = await context.facade(options).call<ReplayReport>('POST', '/replay', body);
      context.show(options, report, writeReplay);
      const { counts, notRun } = report;
      if (counts.still + counts.elsewhere + counts.no_answer + notRun > 0) context.exitCode = EXIT_CODES.failed.code;
    });
}

const WORDS: Readonly<Record<Replayed['outcome'], string>> = {
  gone: 'gone',
  still: 'still there',
  elsewhere: 'differs elsewhere now',
  not_replayable: 'can not be run again',
  untellable: 'can not be told any more',
  no_answer: 'no answer to compare',
};

function writeReplay({ counts, replayed, notRun }: ReplayReport, style: Style): string {
  if (replayed.length + notRun === 0) return 'no mismatches are kept';
  const paint = (outcome: Replayed['outcome']): string =>
    outcome === 'gone'
      ? style.good(WORDS[outcome])
      : outcome === 'still'
        ? style.bad(WORDS[outcome])
        : style.caution(WORDS[outcome]);
  const rows = replayed.map(({ id, row, method, target, outcome, detail }) => [
    String(id),
    printable(row),
    paint(outcome),
    printable(`${method} ${target}`),
    printable(detail),
  ]);
  const sums = (Object.keys(counts) as Replayed['outcome'][])
    .filter((one) => counts[one] > 0)
    .map((one) => `${counts[one]} ${WORDS[one]}`);
  if (notRun > 0) sums.push(`${notRun} not run for lack of time: name a row, or a smaller --limit`);
  return `${columns(['ID', 'ROW', 'OUTCOME', 'REQUEST', 'DETAIL'], rows, style)}\n\n${style.bold(sums.join(', '))}`;
}
