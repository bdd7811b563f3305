/** `facade sockets`: open sockets, and drains. */
import { type Command, Option } from 'commander';
import { SIDES, type Side } from '../../side.js';
import type { DrainProgress } from '../../sockets/socket-drain.js';
import type { SocketCounts, SocketEntry } from '../../sockets/socket-registry.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { positiveNumber, wholeNumber } from '../parse-values.js';
import { columns, printable, type Style } from '../style.js';

interface SocketsView {
  readonly counts: SocketCounts;
  readonly drain: DrainProgress | null;
  readonly sockets: readonly SocketEntry[];
}

export function addSocketsCommand(program: Command, context: CliContext): void {
  const sockets = program
    .command('sockets')
    .summary('list open sockets, or drain them')
    .description('Lists or drains open tunnels and long-polling sessions.');
  addList(sockets, context);
  addDrain(sockets, context);
  addCancelDrain(sockets, context);
}

function addList(sockets: Command, context: CliContext): void {
  sockets
    .command('list', { isDefault: true })
    .summary('list open sockets')
    .description('Lists open tunnels and long-polling sessions, and the running or last drain.')
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
      'Closes the open sockets of a side at a rate; agents come back after five seconds and reach the side that sockets.stage names.',
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

function writeSockets({ counts, drain, sockets }: SocketsView, style: Style): string {
  const totals = SIDES.map((side) => `${side}: ${counts[side].websocket} websocket, ${counts[side].polling} polling`);
  const rows = sockets.map((socket) =>
    [
      socket.id,
      socket.side,
      socket.transport,
      socket.openedAt,
      socket.bytesUp,
      socket.bytesDown,
      socket.address,
      socket.agentContext ?? socket.userAgent,
    ].map(printable),
  );
  const table = columns(
    ['ID', 'SIDE', 'TRANSPORT', 'OPENED', 'BYTES UP', 'BYTES DOWN', 'ADDRESS', 'CLIENT'],
    rows,
    style,
  );
  const open = SIDES.reduce((sum, side) => sum + counts[side].websocket + counts[side].polling, 0);
  const more = open > sockets.length ? [style.dim(`${sockets.length} of ${open} shown; more with --limit`)] : [];
  return [
    ...totals,
    ...(drain === null ? [] : [writeDrain(drain, style)]),
    ...(rows.length > 0 ? ['', table] : []),
    ...more,
  ].join('\n');
}

function writeDrain(drain: DrainProgress, style: Style): string {
  const { side, state, closed, gone, total, ratePerSecond, remainingMs, why, who } = drain;
  const paint = { running: style.caution, done: style.good, cancelled: style.bad }[state];
  const rest = state === 'running' ? `, ${Math.ceil(remainingMs / 1000)} s to go` : '';
  const by = style.dim(printable(`(${who}: ${why})`));
  return `drain of the ${side} side ${paint(state)}: ${closed} of ${total} closed, ${gone} left by themselves, ${ratePerSecond} a second${rest} ${by}`;
}
