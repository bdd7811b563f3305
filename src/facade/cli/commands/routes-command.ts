/** `facade routes`: the migration table in force. */
import { type Command, Option } from 'commander';
import { type ShownRow, type ShownTable, showTable } from '../../admin/shown-table.js';
import { STAGES } from '../../table/stage.js';
import type { TableSnapshot } from '../../table/table-snapshot.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { offlineTable } from '../offline-table.js';
import { columns, paintStage, printable, type Style } from '../style.js';

interface RoutesOptions extends GlobalOptions {
  readonly offline?: boolean;
  readonly stage?: string;
  readonly ids?: boolean;
}

export function addRoutesCommand(program: Command, context: CliContext): void {
  program
    .command('routes')
    .summary('list the migration table')
    .description('Lists the rows of the migration table in force, with their stages.')
    .addOption(new Option('--stage <stage>', 'only rows at this stage').choices(STAGES))
    .option('--offline', 'read the table file instead of asking the facade')
    .option('--ids', 'print only what can be flipped, one id a line')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<RoutesOptions>();
      const table = await readTable(context, options);
      if (options.ids === true) {
        context.io.stdout.write(`${flippable(table).join('\n')}\n`);
        return;
      }
      const routes = table.routes.filter(({ stage }) => options.stage === undefined || stage === options.stage);
      context.show(options, { ...table, routes }, writeTable);
    });
}

async function readTable(context: CliContext, options: RoutesOptions): Promise<ShownTable> {
  if (options.offline === true) return offlineRows(await offlineTable(context.settings(options)));
  return context.facade(options).call<ShownTable>('GET', '/routes');
}

/** Only a running facade knows of breakers, of what the guard holds, and of what the engine said. */
function offlineRows(snapshot: TableSnapshot): ShownTable {
  return showTable(snapshot, { breakers: new Map(), heldUntil: () => undefined, notComparable: new Map() });
}

/** Members of a group flip with it, so they are left out. */
function flippable({ routes, groups }: ShownTable): string[] {
  const alone = routes.filter(({ group }) => group === null).map(({ id }) => id);
  return [...Object.keys(groups), ...alone, 'sockets'];
}

function writeTable(table: ShownTable, style: Style): string {
  const rows = table.routes.map((row) => [
    paintStage(row.stage, style) +
      (row.canary === null ? '' : ` ${row.canary.percent}% by ${printable(row.canary.by)}`) +
      (row.heldUntil === null ? '' : style.bad(` held until ${printable(row.heldUntil)}`)) +
      (row.notComparable === null ? '' : style.caution(` not comparable: ${printable(row.notComparable)}`)),
    printable(row.id),
    row.access === 'public' ? style.dim(row.access) : printable(row.access),
    printable(row.group),
    breakerAndFallback(row, style),
    row.matches.map(({ methods, rule }) => printable(`${methods.join('|')} ${rule}`)).join(', ') ||
      style.dim('all other paths'),
  ]);
  return [
    columns(['STAGE', 'ROW', 'ACCESS', 'GROUP', 'IF THE ENGINE FAILS', 'MATCH'], rows, style),
    '',
    `profile: ${printable(table.profile)}`,
    `sockets: ${paintStage(table.sockets.stage, style)}`,
    ...table.background.map(({ name, owner }) => `background ${printable(name)}: ${paintStage(owner, style)}`),
    style.dim(
      table.version === 0
        ? 'from the file; a running facade may have another version in force'
        : `version ${table.version}`,
    ),
  ].join('\n');
}

function breakerAndFallback({ fallback, breaker }: ShownRow, style: Style): string {
  const words = fallback === 'legacy' ? 'legacy' : style.caution('nobody');
  return breaker === 'closed' ? words : `${words}, ${style.bad(`breaker ${breaker}`)}`;
}
