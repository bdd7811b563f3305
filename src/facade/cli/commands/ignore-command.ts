/** `facade ignore ROW PATH`: adds an ignore rule to the migration table. */
import type { Command } from 'commander';
import type { TableVersion } from '../../table/migration-table-store.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { day } from '../parse-values.js';
import type { Style } from '../style.js';
import { writeDiff } from './flip-command.js';

interface IgnoreOptions extends GlobalOptions {
  readonly why: string;
  readonly owner: string;
  readonly expires: string;
}

export function addIgnoreCommand(program: Command, context: CliContext): void {
  program
    .command('ignore')
    .summary('let differences at a path count no longer')
    .description(
      "Adds an ignore rule to a row or group of the migration table. The row's evidence begins anew; once the rule has expired, it has no effect and the gate asks for its removal.",
    )
    .argument('<target>', 'id of a row or group, or default')
    .argument('<path>', 'path pattern, such as "body.devices[*].last_seen", headers.etag or "rows.devices.*"')
    .requiredOption('--why <text>', 'reason, for the rule and the audit')
    .requiredOption('--owner <name>', 'who answers for the rule')
    .requiredOption('--expires <date>', 'day from which on it does not apply, such as 2027-01-31', day)
    .action(async (target: string, path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<IgnoreOptions>();
      const { why, owner, expires } = options;
      const body = { target, path, why, owner, expires, who: context.io.user };
      context.show(options, await context.facade(options).call<TableVersion>('POST', '/ignore', body), writeIgnored);
    });
}

function writeIgnored({ version, diff }: TableVersion, style: Style): string {
  const undo = style.dim(
    'Evidence of the row begins anew, and once more when you undo it, with: facade rollback --why "…"',
  );
  return `${style.good(`Version ${version} is in force.`)}\n${writeDiff(diff, style)}\n${undo}`;
}
