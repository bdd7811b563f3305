/** `facade guard`: what the guard counts and holds, and the release of what it holds. */
import type { Command } from 'commander';
import type { GuardedRow, GuardView, ShownHold } from '../../guard/guard-view.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { addDefaultList } from '../default-list.js';
import { columns, paintStage, printable, type Style } from '../style.js';

export function addGuardCommand(program: Command, context: CliContext): void {
  const guard = program
    .command('guard')
    .summary('what the guard watches and holds back')
    .description(
      'Lists the rows that the guard watches, with their counts and limits; or releases what it holds back.',
    );
  addList(guard, context);
  addRelease(guard, context);
}

function addList(guard: Command, context: CliContext): void {
  addDefaultList(
    guard,
    'list watched rows and hold-downs',
    'Lists the rows at canary, verify and engine with what was counted in their window, and the rows that were moved back and are held there.',
  ).action(async (_options, command: Command) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    context.show(options, await context.facade(options).call<GuardView>('GET', '/guard'), writeGuard);
  });
}

function addRelease(guard: Command, context: CliContext): void {
  guard
    .command('release')
    .summary('let a held row move forward again')
    .description('Ends the hold-down of a row or group before its time. Moves nothing: flip it then.')
    .argument('<target>', 'id of the row or group that is held')
    .requiredOption('--why <text>', 'reason, for the audit')
    .action(async (target: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly why: string }>();
      const body = { target, why: options.why, who: context.io.user };
      context.show(
        options,
        await context.facade(options).call<ShownHold>('POST', '/guard/release', body),
        (hold, style) => `${style.good(`${printable(hold.target)} is released.`)} It is at ${printable(hold.to)}.`,
      );
    });
}

function writeGuard({ rows, holds }: GuardView, style: Style): string {
  const heads = ['ROW', 'STAGE', 'REQUESTS', 'ERRORS', 'TIMEOUTS', 'MISMATCHES', 'LEGACY BEFORE', 'WINDOW'];
  const watched =
    rows.length === 0 ? 'no row is at canary, verify or engine' : columns(heads, rows.map(line(style)), style);
  const blocked = rows.flatMap(({ row, blocked: why }) =>
    why === null ? [] : [style.bad(printable(`${row} should go back since ${why.since} and can't: ${why.reason}`))],
  );
  const held = holds.map(({ target, from, to, until, evidence }) =>
    printable(`${target} was moved back from ${from} to ${to} and is held until ${until}: ${evidence}`),
  );
  return [
    watched,
    ...(blocked.length === 0 ? [] : ['', ...blocked]),
    '',
    ...(held.length === 0 ? [style.dim('nothing is held back')] : held.map((one) => style.caution(one))),
  ].join('\n');
}

function line(style: Style) {
  return ({ row, stage, on, window, limits, legacy }: GuardedRow): string[] => [
    printable(row),
    paintStage(stage, style),
    requests(window.requests, limits.minRequests, style),
    ofLimit(window.errors, window.requests, limits.errorRate, style),
    ofLimit(window.timeouts, window.requests, limits.timeoutRate, style),
    ofLimit(window.mismatches, window.compared, limits.mismatchRate, style),
    legacy.requests === 0 ? style.dim('unknown') : `${legacy.errors + legacy.timeouts} of ${legacy.requests} failed`,
    on ? `${limits.windowMs / 1000} s, ${limits.minRequests} or more` : style.caution('off'),
  ];
}

/** Of fewer than are needed nothing is concluded, however many of them fail. */
function requests(count: number, needed: number, style: Style): string {
  return count < needed ? `${count} ${style.caution(`(too few: ${needed} needed)`)}` : String(count);
}

/** The count, its share, and the share that is allowed. */
function ofLimit(count: number, total: number, limit: number, style: Style): string {
  const allowed = style.dim(`(${percent(limit)} allowed)`);
  return total === 0 ? `0 ${allowed}` : `${count} = ${percent(count / total)} ${allowed}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))}%`;
}
