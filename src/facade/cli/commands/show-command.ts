/** `facade show ID`: one kept comparison, both sides beside each other. */
import type { Command } from 'commander';
import type { StoredPair } from '../../comparing/store/kept-pair.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { wholeNumber } from '../parse-values.js';
import { writePair } from '../write-pair.js';

const USUAL_WIDTH = 120;

export function addShowCommand(program: Command, context: CliContext): void {
  program
    .command('show')
    .summary('one comparison, both sides beside each other')
    .description(
      'Shows a comparison that is kept whole: the request, both answers, both effects, what differs, and what was passed over and why. Secrets are not kept.',
    )
    .argument('<id>', 'id of the comparison; "facade mismatches" lists them', wholeNumber)
    .action(async (id: number, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const stored = await context.facade(options).call<StoredPair>('GET', `/pairs/${id}`);
      const width = context.io.stdout.columns ?? USUAL_WIDTH;
      context.show(options, stored, (value, style) => writePair(value, style, width));
    });
}
