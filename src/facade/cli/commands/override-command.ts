/** `facade override ROW SIDE`: a header with which single requests of a row go to a side, whatever its stage. */
import { Argument, type Command } from 'commander';
import type { SignedOverride } from '../../admin/handlers/override-handlers.js';
import { SIDES } from '../../side.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { duration } from '../parse-values.js';
import { printable, type Style } from '../style.js';

interface OverrideOptions extends GlobalOptions {
  readonly for?: number;
  readonly why: string;
}

const EXAMPLES = `
Examples:
  facade override health engine --why "first look"
  facade override site-list engine --for 2h --why "tests of the web interface"
  curl -H "$(facade override health engine --why "first look" --json | jq -r .header)" https://localhost:5000/health`;

export function addOverrideCommand(program: Command, context: CliContext): void {
  program
    .command('override')
    .summary('a header that sends single requests of a row to a side')
    .description(
      'Prints a header with which requests of a row go to a side, whatever its stage, for as long as it lasts; all others go where they went. Nothing is moved, compared or counted for the row, and nobody answers in the place of that side. Writes are executed for real. Whoever has the header may use it.',
    )
    .argument('<target>', 'id of a row, or default')
    .addArgument(new Argument('<side>', 'who is to answer').choices([...SIDES]))
    .requiredOption('--why <text>', 'reason, for the audit')
    .option('--for <duration>', 'how long it lasts, such as 90s, 10m or 2h; 24h at most (default: 10m)', duration)
    .addHelpText('after', EXAMPLES)
    .action(async (target: string, side: string, _options, command: Command) => {
      const options = command.optsWithGlobals<OverrideOptions>();
      const body = { row: target, side, seconds: options.for, why: options.why, who: context.io.user };
      context.show(
        options,
        await context.facade(options).call<SignedOverride>('POST', '/override', body),
        writeOverride,
      );
    });
}

function writeOverride({ header, row, side, until, warnings }: SignedOverride, style: Style): string {
  return [
    printable(header),
    style.good(printable(`Until ${until}, requests of ${row} that carry it go to the ${side}.`)),
    ...warnings.map((warning) => style.caution(printable(`Mind: ${warning}.`))),
    style.dim(`Send it with: curl -H '${printable(header)}' …`),
  ].join('\n');
}
