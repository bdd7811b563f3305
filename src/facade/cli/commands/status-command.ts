/** `facade status`: how the facade, both sides, table, certificate and sockets are. */
import type { Command } from 'commander';
import type { FacadeStatus } from '../../admin/admin-deps.js';
import { SIDES } from '../../side.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { facts, printable, type Style } from '../style.js';

export function addStatusCommand(program: Command, context: CliContext): void {
  program
    .command('status')
    .summary('how the facade is')
    .description('Shows how the facade, both sides, table, certificate and sockets are.')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      context.show(options, await context.facade(options).call<FacadeStatus>('GET', '/status'), writeStatus);
    });
}

function writeStatus(status: FacadeStatus, style: Style): string {
  const { table, sockets, process } = status;
  const stages = Object.entries(table.rowsByStage).map(([stage, rows]) => `${rows} ${stage}`);
  const breakers = Object.entries(status.breakers).map(([row, state]) => `${row} ${state}`);
  const lag = Math.round(process.eventLoopLagSeconds.p99 * 1e4) / 10;
  const pairs: [string, string][] = [
    [
      'facade',
      `${status.state === 'running' ? style.good(status.state) : style.caution(status.state)} for ${duration(status.uptimeSeconds)}, version ${printable(status.version)}, at ${printable(status.listen)}`,
    ],
    ['legacy', reached(status.legacy, printable(status.legacy.url), style)],
    ['engine', engineWords(status.engine, style)],
    ['table', `version ${table.version}; rows: ${printable(stages.join(', '))}`],
    ['certificate', certificateWords(status.tls, style)],
    ['sockets', socketWords(sockets, style)],
    ['guard', guardWords(status.guard, style)],
    ['breakers', breakers.length === 0 ? 'all closed' : style.bad(printable(breakers.join(', ')))],
    [
      'process',
      `${Math.round(process.residentBytes / 1e6)} MB, event loop p99 ${lag} ms late, Node.js ${printable(process.node)}, SQLite ${printable(process.sqlite)}`,
    ],
  ];
  return [facts(pairs, style), ...guardTroubles(status.guard, style), ...rejectedTable(table, style)].join('\n');
}

function reached(
  { reachable, problem }: { reachable: boolean; problem: string | null },
  words: string,
  style: Style,
): string {
  return reachable
    ? `${style.good('answers')}, ${words}`
    : `${style.bad('does not answer')}, ${words}: ${printable(problem)}`;
}

function engineWords(engine: FacadeStatus['engine'], style: Style): string {
  const { mode, process } = engine;
  if (mode === 'off') return style.dim('off');
  if (process === null) return reached(engine, 'started by itself', style);
  const end = process.lastEnd === null ? '' : `, last ended by ${process.lastEnd}`;
  return reached(
    engine,
    printable(
      `${process.state} since ${process.since}, started again ${process.restarts} ${process.restarts === 1 ? 'time' : 'times'}${end}`,
    ),
    style,
  );
}

function certificateWords(tls: FacadeStatus['tls'], style: Style): string {
  if (tls === null) return style.caution('none: plain HTTP');
  const words = printable(`until ${tls.notAfter}, for ${tls.names.join(', ')}`);
  return tls.rejected === null
    ? words
    : `${words}; ${style.bad(printable(`the files on disk are not used: ${tls.rejected}`))}`;
}

function socketWords({ stage, bridged, link, relay, ...counts }: FacadeStatus['sockets'], style: Style): string {
  const open = SIDES.map((side) => `${counts[side].websocket + counts[side].polling} at ${side}`).join(', ');
  const bridges = bridged.websocket + bridged.polling;
  const linked = link === false ? `; ${style.bad('no link to the engine')}` : '';
  const relayed = relay?.up === false ? `; ${style.bad('no relay to the legacy')}` : '';
  const to = stage === 'split' ? 'are split event by event' : `go to ${stage}`;
  return `new ones ${to}; open: ${open}${bridges > 0 ? ` (${bridges} of them bridged)` : ''}${linked}${relayed}`;
}

function guardWords({ watched, blocked, holds }: FacadeStatus['guard'], style: Style): string {
  const troubles = Object.keys(blocked).length;
  const held = holds.length === 0 ? '' : `, ${style.bad(`${holds.length} moved back and held`)}`;
  return `watches ${watched} rows${held}${troubles === 0 ? '' : `, ${style.bad(`${troubles} can't be moved back`)}`}`;
}

function guardTroubles({ blocked, holds }: FacadeStatus['guard'], style: Style): string[] {
  const lines = [
    ...holds.map(({ target, from, to, until, evidence }) =>
      printable(`${target} was moved back from ${from} to ${to} and is held until ${until}: ${evidence}`),
    ),
    ...Object.entries(blocked).map(([row, reason]) => printable(`${row} should go back and can't: ${reason}`)),
  ];
  return lines.length === 0 ? [] : ['', style.bad('the guard:'), ...lines.map((line) => `  ${line}`)];
}

function rejectedTable({ rejected, file }: FacadeStatus['table'], style: Style): string[] {
  if (rejected === null) return [];
  const head = style.bad(
    `${printable(file)} is not in force since ${printable(rejected.since)}; the last good table stays:`,
  );
  return ['', head, ...rejected.problems.map((line) => `  ${printable(line)}`)];
}

function duration(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const;
  const first = units.findIndex(([size]) => seconds >= size);
  const shown = units.slice(first === -1 ? 3 : first).slice(0, 2);
  let left = Math.floor(seconds);
  return shown
    .map(([size, unit]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return `${count} ${unit}`;
    })
    .join(' ');
}
