/** `facade check`: what is wrong, or soon will be. Works with and without a running facade. */
import type { Command } from 'commander';
import type { CheckReport } from '../../admin/check/check-report.js';
import { runChecks } from '../../admin/check/run-checks.js';
import type { CliContext, GlobalOptions } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import { EXIT_CODES } from '../exit-code.js';
import { printable, type Style } from '../style.js';

interface CheckCommandOptions extends GlobalOptions {
  readonly offline?: boolean;
  readonly paths?: boolean;
  readonly tokens?: boolean;
}

/** Where the check was made. */
type Checked = CheckReport & { readonly by: 'facade' | 'command line' };

export function addCheckCommand(program: Command, context: CliContext): void {
  program
    .command('check')
    .summary('look for what is wrong')
    .description(
      'Looks at table, access, sides, certificate and state directory. A running facade is asked; without one, the check is made from here.',
    )
    .option('--offline', 'do not ask a running facade')
    .option(
      '--paths',
      'also compare how the legacy and the table read odd paths (hundreds of OPTIONS requests to the legacy)',
    )
    .option(
      '--tokens',
      'also try tokens and session cookies: each side mints, the other verifies; and compare their key files',
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<CheckCommandOptions>();
      const checked = await check(context, options);
      context.show(options, checked, writeReport);
      if (!checked.ok) context.exitCode = EXIT_CODES.failed.code;
    });
}

async function check(context: CliContext, options: CheckCommandOptions): Promise<Checked> {
  const { offline = false, paths = false, tokens = false } = options;
  if (!offline) {
    try {
      const asked = `/check?paths=${paths}&tokens=${tokens}`;
      return { by: 'facade', ...(await context.facade(options).call<CheckReport>('GET', asked)) };
    } catch (error) {
      if (!isNotRunning(error, options)) throw error;
    }
  }
  const { env, now } = context.io;
  return {
    by: 'command line',
    ...(await runChecks({ settings: context.settings(options), env, paths, tokens, now })),
  };
}

/** Nobody answers, or there never was a start that made a token. When an address was named, that is an error. */
function isNotRunning(error: unknown, { adminUrl, tokenFile }: GlobalOptions): boolean {
  if (!(error instanceof CliError) || adminUrl !== undefined || tokenFile !== undefined) return false;
  return error.exit === 'unreachable' || error.code === 'admin_token_unreadable' || error.code === 'admin_url_needed';
}

function writeReport({ findings, by, ok }: Checked, style: Style): string {
  const marks = {
    ok: style.good('ok     '),
    note: style.dim('note   '),
    warning: style.caution('warning'),
    problem: style.bad('problem'),
  };
  const lines = findings.map(({ level, subject, message, hint }) => {
    const next = hint === null ? '' : `\n         ${style.dim(printable(hint))}`;
    return `${marks[level]}  ${style.bold(subject)}: ${printable(message)}${next}`;
  });
  const from = by === 'facade' ? 'as the running facade sees it' : 'seen from here: no running facade was asked';
  return [...lines, style.dim(`${ok ? 'no problems' : 'problems found'}, ${from}`)].join('\n');
}
