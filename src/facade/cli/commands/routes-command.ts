/** `facade routes`: the migration table in force. */
import { type Command, Option } from 'commander';
import { type ShownEvent, type ShownRow, type ShownTable, showTable } from '../../admin/shown-table.js';
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
    .description('Lists the rows of the migration table in force, those of events too, with their stages.')
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
      const isAsked = ({ stage }: ShownRow | ShownEvent) => options.stage === undefined || stage === options.stage;
      const sockets = { ...table.sockets, events: table.sockets.events.filter(isAsked) };
      context.show(options, { ...table, routes: table.routes.filter(isAsked), sockets }, writeTable);
    });
}

async function readTable(context: CliContext, options: RoutesOptions): Promise<ShownTable> {
  if (options.offline === true) return offlineRows(await offlineTable(context.settings(options)));
  return context.facade(options).call<ShownTable>('GET', '/routes');
}

/** Only a running facade knows of breakers, of what the guard holds, and of what the engine said. */
function offlineRows(snapshot: TableSnapshot): ShownTable {
  return showTable(snapshot, {
    breakers: new Map(),
    heldUntil: () => undefined,
    notComparable: new Map(),
    notServed: undefined,
  });
}

/** Members of a group flip with it, so they are left out. */
function flippable({ routes, groups, sockets, background }: ShownTable): string[] {
  const alone = [...routes, ...sockets.events].filter(({ group }) => group === null).map(({ id }) => id);
  return [...Object.keys(groups), ...alone, 'sockets', ...background.map(({ name }) => `background:${name}`)];
}

function writeTable(table: ShownTable, style: Style): string {
  const rows = table.routes.map((row) => [
    paintStage(row.stage, style) +
      (row.canary === null ? '' : ` ${row.canary.percent}% by ${printable(row.canary.by)}`) +
      (row.heldUntil === null ? '' : style.bad(` held until ${printable(row.heldUntil)}`)) +
      style.dim(notServedWords(row)) +
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
    `sockets: ${paintStage(table.sockets.stage, style)}${table.sockets.relay ? '' : ', without a relay to the legacy'}`,
    ...writeEvents(table.sockets, style),
    ...table.background.map(({ name, owner, jobs }) => {
      const others = Object.entries(jobs).map(([id, other]) => `, job ${printable(id)} ${paintStage(other, style)}`);
      return `background ${printable(name)}: ${paintStage(owner, style)}${others.join('')}`;
    }),
    style.dim(
      table.version === 0
        ? 'from the file; a running facade may have another version in force'
        : `version ${table.version}`,
    ),
  ].join('\n');
}

/** Where the engine serves a part of the row, the methods that it lacks. */
function notServedWords({ notServed, matches }: ShownRow): string {
  if (notServed === null || notServed.length === 0) return '';
  const methods = notServed.map((route) => route.split(' ', 1)[0]);
  const all = matches.reduce((sum, match) => sum + match.methods.length, 0);
  return ` (${methods.length < all ? `${printable(methods.join(', '))} ` : ''}not served)`;
}

/** Rows that are not in force are shown as such: that they say engine does not mean that the engine handles anything. */
function writeEvents({ stage, events }: ShownTable['sockets'], style: Style): string[] {
  if (events.length === 0) return [];
  const rows = events.map((row) => [
    paintStage(row.stage, style) +
      (row.canary === null ? '' : ` ${row.canary.percent}% by ${printable(row.canary.by)}`) +
      (row.both ? ' + both' : ''),
    printable(row.id),
    printable(row.group),
    row.fallback === 'legacy' ? 'legacy' : style.caution('nobody'),
  ]);
  const note = stage === 'split' ? [] : [style.dim('rows of events are in force while the sockets are at split')];
  return ['', columns(['STAGE', 'EVENT', 'GROUP', 'IF THE ENGINE FAILS'], rows, style), ...note, ''];
}

function breakerAndFallback({ fallback, breaker }: ShownRow, style: Style): string {
  const words = fallback === 'legacy' ? 'legacy' : style.caution('nobody');
  return breaker === 'closed' ? words : `${words}, ${style.bad(`breaker ${breaker}`)}`;
}
