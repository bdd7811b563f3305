/** `facade access TARGET WHOM`: says whom a row lets in, or puts a profile in force. */
import { Argument, type Command } from 'commander';
import { ACCESS_CLASSES, PROFILES } from '../../table/access.js';
import type { TableVersion } from '../../table/migration-table-store.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { writeVersion } from './flip-command.js';

interface AccessOptions extends GlobalOptions {
  readonly why: string;
}

export function addAccessCommand(program: Command, context: CliContext): void {
  program
    .command('access')
    .summary('say whom a row lets in, or change the profile')
    .description(
      'Says whom a row or `default` lets in, or, with `profile` as target, which of the words of all rows counts. In force within milliseconds, and kept as a version.',
    )
    .argument('<target>', 'id of a row, default or profile')
    .addArgument(new Argument('<whom>', 'for a row, or for profile').choices([...ACCESS_CLASSES, ...PROFILES]))
    .requiredOption('--why <text>', 'reason, for the audit')
    .action(async (target: string, access: string, _options, command: Command) => {
      const options = command.optsWithGlobals<AccessOptions>();
      const request = { target, access, why: options.why, who: context.io.user };
      context.show(options, await context.facade(options).call<TableVersion>('POST', '/access', request), writeVersion);
    });
}
