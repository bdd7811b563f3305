/** `facade promote ROW`: the next stage, if what was compared allows it. */
import type { Command } from 'commander';
import type { TableVersion } from '../../table/migration-table-store.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { cohortKey, percentage } from '../parse-values.js';
import { writeVersion } from './flip-command.js';

interface PromoteOptions extends GlobalOptions {
  readonly percent?: number;
  readonly by?: string;
  readonly force?: boolean;
  readonly why?: string;
}

export function addPromoteCommand(program: Command, context: CliContext): void {
  program
    .command('promote')
    .summary('move a row to its next stage, if the gate holds')
    .description(
      'Moves a row or group to its next stage when the gate holds for each of its rows; otherwise refuses, exits with 3, and says what is missing.',
    )
    .argument('<target>', 'id of a row or group, or default')
    .option('--percent <number>', 'where canary is next: share of clients that the engine gets', percentage)
    .option(
      '--by <key>',
      'where canary is next: tell clients apart by guid, operator, address or header:NAME',
      cohortKey,
    )
    .option('--force', 'also without what the gate demands; needs --why')
    .option('--why <text>', 'reason, for the audit (default: what the gate says)')
    .action(async (target: string, _options, command: Command) => {
      const options = command.optsWithGlobals<PromoteOptions>();
      const { percent, by, force, why } = options;
      const body = { target, percent, by, force, why, who: context.io.user };
      context.show(options, await context.facade(options).call<TableVersion>('POST', '/promote', body), writeVersion);
    });
}
