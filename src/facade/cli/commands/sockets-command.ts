/** `facade sockets`: open sockets, what became of events, and drains. */
import { type Command, Option } from 'commander';
import type { ShownRelay } from '../../admin/admin-deps.js';
import type { EventCount } from '../../metrics/event-counts.js';
import { SIDES, type Side } from '../../side.js';
import type { DrainProgress } from '../../sockets/socket-drain.js';
import type { SocketCounts, SocketEntry, Transport } from '../../sockets/socket-registry.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { addDefaultList } from '../default-list.js';
import { positiveNumber, wholeNumber } from '../parse-values.js';
import { columns, printable, type Style } from '../style.js';

interface SocketsView {
  readonly counts: SocketCounts;
  readonly bridged: Readonly<Record<Transport, number>>;
  readonly link: boolean | null;
  readonly relay: ShownRelay | null;
  readonly events: readonly EventCount[];
  readonly drain: DrainProgress | null;
  readonly sockets: readonly SocketEntry[];
}

export function addSocketsCommand(program: Command, context: CliContext): void {
  const sockets = program
    .command('sockets')
    .summary('list open sockets, or drain them')
    .description('Lists or drains open tunnels, long-polling sessions and sessions of the packet bridge.');
  addList(sockets, context);
  addDrain(sockets, context);
  addCancelDrain(sockets, context);
}

function addList(sockets: Command, context: CliContext): void {
  addDefaultList(
    sockets,
    'list open sockets',
    'Lists open tunnels, long-polling sessions and bridged sessions, what became of the events of the last, and the running or last drain. An agent is named by the id that it gave, or by the GUID that it claims in its token.',
  )
    .addOption(sideOption('only sockets of this side'))
    .option('--limit <number>', 'most sockets to list', wholeNumber, 20)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly side?: Side; readonly limit: number }>();
      const query = `limit=${options.limit}${options.side === undefined ? '' : `&side=${options.side}`}`;
      context.show(options, await context.facade(options).call<SocketsView>('GET', `/sockets?${query}`), writeSockets);
    });
}

function addDrain(sockets: Command, context: CliContext): void {
  sockets
    .command('drain')
    .summary('close open sockets at a rate')
    .description(
      'Closes the open sockets of a side at a rate, bridged sessions among those of the legacy; agents come back after five seconds and are served as sockets.stage says.',
    )
    .requiredOption('--rate <number>', 'sockets closed per second', positiveNumber)
    .requiredOption('--why <text>', 'reason, for the audit')
    .addOption(sideOption('side whose sockets are closed').default('legacy'))
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<
        GlobalOptions & { readonly side: Side; readonly rate: number; readonly why: string }
      >();
      const { side, rate, why } = options;
      const body = { side, ratePerSecond: rate, why, who: context.io.user };
      context.show(
        options,
        await context.facade(options).call<DrainProgress>('POST', '/sockets/drain', body),
        writeDrain,
      );
    });
}

function addCancelDrain(sockets: Command, context: CliContext): void {
  sockets
    .command('cancel-drain')
    .summary('end the running drain')
    .description('Ends the running drain; sockets that are still open stay.')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const path = `/sockets/drain?who=${encodeURIComponent(context.io.user)}`;
      context.show(options, await context.facade(options).call<DrainProgress>('DELETE', path), writeDrain);
    });
}

function sideOption(description: string): Option {
  return new Option('--side <side>', description).choices(SIDES);
}

function writeSockets(view: SocketsView, style: Style): string {
  const { counts, bridged, drain, sockets } = view;
  const totals = SIDES.map((side) => `${side}: ${counts[side].websocket} websocket, ${counts[side].polling} polling`);
  const bridges = bridged.websocket + bridged.polling;
  const rows = sockets.map((socket) => socketCells(socket).map(printable));
  const open = SIDES.reduce((sum, side) => sum + counts[side].websocket + counts[side].polling, 0);
  const more = open > sockets.length ? [style.dim(`${sockets.length} of ${open} shown; more with --limit`)] : [];
  return [
    ...totals,
    ...(bridges > 0 ? [`bridged, of the legacy's: ${bridged.websocket} websocket, ${bridged.polling} polling`] : []),
    ...(view.link === null ? [] : [`link to the engine: ${view.link ? style.good('up') : style.bad('down')}`]),
    ...(view.relay === null ? [] : [writeRelay(view.relay, style)]),
    ...(drain === null ? [] : [writeDrain(drain, style)]),
    ...writeEvents(view.events, style),
    ...(rows.length > 0 ? ['', columns(HEADS, rows, style)] : []),
    ...more,
  ].join('\n');
}

function writeRelay({ up, problem, agents, waiting, heard, said }: ShownRelay, style: Style): string {
  if (!up) return `relay to the legacy: ${style.bad('down')}${problem === null ? '' : ` (${printable(problem)})`}`;
  const behind = waiting > 0 ? `, ${waiting} of them waiting` : '';
  return `relay to the legacy: ${style.good('up')}, for ${agents} agents${behind}; ${heard} events heard, ${said} said`;
}

const HEADS = ['ID', 'SIDE', 'TRANSPORT', 'OPENED', 'EVENTS/S', 'BYTES UP', 'BYTES DOWN', 'ADDRESS', 'AGENT', 'CLIENT'];

function socketCells(socket: SocketEntry): unknown[] {
  return [
    socket.id,
    socket.bridged === true ? 'bridged' : socket.side,
    socket.transport,
    socket.openedAt,
    socket.eventsPerSecond?.toFixed(2),
    socket.bytesUp,
    socket.bytesDown,
    socket.address,
    socket.agentId ?? socket.agentGuid,
    socket.agentContext ?? socket.userAgent,
  ];
}

/** One line per event, with what became of it at each side. */
function writeEvents(counts: readonly EventCount[], style: Style): string[] {
  if (counts.length === 0) return [];
  const names = [...new Set(counts.map(({ event }) => event))].sort();
  const told = (event: string, side: Side): string =>
    counts
      .filter((one) => one.event === event && one.side === side)
      .map(({ outcome, count }) => `${count} ${outcome}`)
      .join(', ') || '-';
  const rows = names.map((event) => [event, told(event, 'legacy'), told(event, 'engine')].map(printable));
  return ['', columns(['EVENT', 'LEGACY', 'ENGINE'], rows, style)];
}

function writeDrain(drain: DrainProgress, style: Style): string {
  const { side, state, closed, gone, total, ratePerSecond, remainingMs, why, who } = drain;
  const paint = { running: style.caution, done: style.good, cancelled: style.bad }[state];
  const rest = state === 'running' ? `, ${Math.ceil(remainingMs / 1000)} s to go` : '';
  const by = style.dim(printable(`(${who}: ${why})`));
  return `drain of the ${side} side ${paint(state)}: ${closed} of ${total} closed, ${gone} left by themselves, ${ratePerSecond} a second${rest} ${by}`;
}
