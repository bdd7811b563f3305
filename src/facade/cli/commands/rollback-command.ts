/** `facade rollback`: restores an earlier version of the migration table. */
import type { Command } from 'commander';
import type { TableVersion } from '../../table/migration-table-store.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { wholeNumber } from '../parse-values.js';
import { writeVersion } from './flip-command.js';

interface RollbackOptions extends GlobalOptions {
  readonly to?: number;
  readonly why: string;
  readonly force?: boolean;
}

export function addRollbackCommand(program: Command, context: CliContext): void {
  program
    .command('rollback')
    .summary('restore an earlier version of the table')
    .description(
      'Restores the version before the one in force, or another one, as a new version: a second rollback undoes the first.',
    )
    .requiredOption('--why <text>', 'reason, for the audit')
    .option('--to <version>', 'version to restore; "facade audit" lists them', wholeNumber)
    .option('--force', 'also while the guard holds rows back')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<RollbackOptions>();
      const { to, why, force } = options;
      const body = { to, why, force, who: context.io.user };
      context.show(options, await context.facade(options).call<TableVersion>('POST', '/rollback', body), writeVersion);
    });
}
