/** `facade audit`: who did what, and why. */
import type { Command } from 'commander';
import type { AuditEntry } from '../../admin/admin-deps.js';
import type { TableVersion } from '../../table/migration-table-store.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { wholeNumber } from '../parse-values.js';
import { columns, facts, printable, type Style } from '../style.js';
import { writeChanges, writeDiff } from './flip-command.js';

const LONGEST_DETAIL = 100;

interface AuditOptions extends GlobalOptions {
  readonly limit: number;
  readonly show?: number;
}

export function addAuditCommand(program: Command, context: CliContext): void {
  program
    .command('audit')
    .summary('who did what, and why')
    .description(
      'Lists flips, rollbacks, edits of the table and drains, newest first; or shows one version with its difference.',
    )
    .option('--limit <number>', 'most entries to show', wholeNumber, 20)
    .option('--show <version>', 'show this version of the table', wholeNumber)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<AuditOptions>();
      const facade = context.facade(options);
      if (options.show !== undefined)
        context.show(options, await facade.call<TableVersion>('GET', `/versions/${options.show}`), writeVersionDetails);
      else context.show(options, await facade.call<Audit>('GET', `/audit?limit=${options.limit}`), writeAudit);
    });
}

interface Audit {
  readonly entries: readonly AuditEntry[];
}

function writeAudit({ entries }: Audit, style: Style): string {
  const rows = entries.map(({ at, version, action, who, detail, why }) =>
    [at, version, action, who, why, shortened(detail)].map(printable),
  );
  return columns(['WHEN', 'VERSION', 'WHAT', 'WHO', 'WHY', 'DETAIL'], rows, style);
}

/** The first version tells of every row; `--show` and `--json` give all of it. */
function shortened(detail: string): string {
  return detail.length > LONGEST_DETAIL ? `${detail.slice(0, LONGEST_DETAIL - 1)}…` : detail;
}

function writeVersionDetails(kept: TableVersion, style: Style): string {
  const { version, at, cause, who, why, changes, diff } = kept;
  const pairs = [
    ['when', printable(at)],
    ['what', printable(cause)],
    ['who', printable(who)],
    ['why', printable(why)],
  ] as const;
  return `${style.bold(`version ${version}`)}\n${facts(pairs, style)}\n\n${writeChanges(changes, style)}\n\n${writeDiff(diff, style)}`;
}
