/** `facade rollback`: restores an earlier version of the migration table. */
import type { Command } from 'commander';
import type { TableVersion } from '../../table/migration-table-store.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { wholeNumber } from '../parse-values.js';
import { writeVersion } from './flip-command.js';

export function addRollbackCommand(program: Command, context: CliContext): void {
  program
    .command('rollback')
    .summary('restore an earlier version of the table')
    .description('Restores the version before the one in force, or another one, as a new version.')
    .requiredOption('--why <text>', 'reason, for the audit')
    .option('--to <version>', 'version to restore; "facade audit" lists them', wholeNumber)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly to?: number; readonly why: string }>();
      const { to, why } = options;
      const body = { to, why, who: context.io.user };
      context.show(options, await context.facade(options).call<TableVersion>('POST', '/rollback', body), writeVersion);
    });
}
