/** `facade flip TARGET... STAGE`: moves rows, events, groups, the sockets or the default row, or gives tasks and jobs to a side. */
import { Argument, type Command } from 'commander';
import type { FlipRequest, StageChange, TableVersion } from '../../table/migration-table-store.js';
import { POSITIONS, type Position } from '../../table/stage.js';
import { suggestion } from '../../table/suggestion.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import { cohortKey, percentage } from '../parse-values.js';
import { columns, printable, type Style } from '../style.js';

interface FlipOptions extends GlobalOptions {
  readonly percent?: number;
  readonly by?: string;
  readonly why: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export function addFlipCommand(program: Command, context: CliContext): void {
  program
    .command('flip')
    .summary('move a row or a group to a stage')
    .description(
      'Moves a row, a group, `event:NAME`, `sockets` or `default` to a stage, or gives `background:NAME`, or one job by `background:scheduler/ID`, to legacy or engine. Several targets go to the same stage together, in one version. In force within milliseconds, and kept as a version. The stage split is of the sockets alone.',
    )
    .argument('<target>', 'id of a row or group, event:NAME, sockets, default or background:NAME')
    .addArgument(targetsThenStage())
    .requiredOption('--why <text>', 'reason, for the audit')
    .option('--percent <number>', 'for canary: share of clients that the engine gets', percentage)
    .option('--by <key>', 'for canary: tell clients apart by guid, operator, address or header:NAME', cohortKey)
    .option(
      '--force',
      'also while the guard holds the row back; for the scheduler, also without evidence, and while the engine does not know who is online',
    )
    .option('--dry-run', 'show what would change, and change nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (target: string, rest: readonly string[], _options, command: Command) => {
      const options = command.optsWithGlobals<FlipOptions>();
      const { percent, by, why, dryRun, force } = options;
      const [also, stage] = [rest.slice(0, -1), stageOf(rest)];
      const more = also.length === 0 ? {} : { also };
      const request = { target, ...more, stage, percent, by, why, force, who: context.io.user } as FlipRequest;
      const facade = context.facade(options);
      if (dryRun === true)
        context.show(options, await facade.call<Preview>('POST', '/flip/preview', request), writePreview);
      else context.show(options, await facade.call<TableVersion>('POST', '/flip', request), writeVersion);
    });
}

const EXAMPLES = `
Examples:
  facade flip token-refresh shadow --why "compare first"
  facade flip token-refresh canary --percent 5 --by guid --why "first agents"
  facade flip enrollment engine --why "a month without a mismatch" --dry-run
  facade flip event:macro_status engine --why "first event"`;

/** Shells offer the stages, since one target is the rule. */
function targetsThenStage(): Argument {
  const argument = new Argument('<stage...>', 'where to; before it, further targets that go there in the same version');
  argument.argChoices = [...POSITIONS];
  return argument;
}

function stageOf(rest: readonly string[]): Position {
  const last = rest.at(-1) ?? '';
  const stage = POSITIONS.find((one) => one === last);
  if (stage !== undefined) return stage;
  throw new CliError('usage', 'stage_unknown', `"${last}" is no stage${suggestion(last, POSITIONS)}.`, {
    hint: `The last argument says where to. Allowed choices are ${POSITIONS.join(', ')}.`,
  });
}

interface Preview {
  readonly changes: readonly StageChange[];
  readonly diff: string;
}

function writePreview({ changes, diff }: Preview, style: Style): string {
  return `${style.bold('Nothing was changed. This would be:')}\n${writeChanges(changes, style)}\n\n${writeDiff(diff, style)}`;
}

export function writeVersion(
  { version, cause, changes, warnings = [] }: TableVersion & { readonly warnings?: readonly string[] },
  style: Style,
): string {
  return [
    style.good(`Version ${version} is in force.`),
    writeChanges(changes, style),
    ...warnings.map((warning) => style.caution(printable(`Mind: ${warning}.`))),
    style.dim(`Undo it with: facade rollback --why "…"`),
    ...(cause === 'rollback'
      ? [style.dim('To go further back: facade rollback --to VERSION; see "facade audit".')]
      : []),
  ].join('\n');
}

export function writeChanges(changes: readonly StageChange[], style: Style): string {
  const rows = changes.map(({ id, from, to }) => [printable(id), printable(from), printable(to)]);
  return rows.length === 0 ? 'no row moved' : columns(['ROW', 'FROM', 'TO'], rows, style);
}

export function writeDiff(diff: string, style: Style): string {
  const paint = (line: string): string => {
    const shown = printable(line);
    if (line.startsWith('+')) return style.good(shown);
    return line.startsWith('-') ? style.bad(shown) : style.dim(shown);
  };
  return diff.trimEnd().split('\n').map(paint).join('\n');
}
