/** The command line as commander knows it: global options and every command, in the order of the help. */
import { Command, Help, type Option } from 'commander';
import type { CliContext } from './cli-context.js';
import { addAccessCommand } from './commands/access-command.js';
import { addAuditCommand } from './commands/audit-command.js';
import { addCheckCommand } from './commands/check-command.js';
import { addCompareCommand } from './commands/compare-command.js';
import { addCompletionCommand } from './commands/completion-command.js';
import { addExplainCommand } from './commands/explain-command.js';
import { addFlipCommand } from './commands/flip-command.js';
import { addGuardCommand } from './commands/guard-command.js';
import { addIgnoreCommand } from './commands/ignore-command.js';
import { addJobsCommand } from './commands/jobs-command.js';
import { addMismatchesCommand } from './commands/mismatches-command.js';
import { addOverrideCommand } from './commands/override-command.js';
import { addPromoteCommand } from './commands/promote-command.js';
import { addReplayCommand } from './commands/replay-command.js';
import { addReportCommand } from './commands/report-command.js';
import { addRollbackCommand } from './commands/rollback-command.js';
import { addRoutesCommand } from './commands/routes-command.js';
import { addShowCommand } from './commands/show-command.js';
import { addSocketsCommand } from './commands/sockets-command.js';
import { addStartCommand } from './commands/start-command.js';
import { addStatusCommand } from './commands/status-command.js';
import { EXIT_CODES } from './exit-code.js';

/** @param quiet what is wrong with the arguments is told by whoever catches commander's error */
export function buildProgram(context: CliContext, quiet = false): Command {
  const { io } = context;
  const program = new Command('facade')
    .description('Replaces a running server route by route: who answers what, and why.')
    .version(io.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .option('--json', 'print JSON, errors too')
    .option('--config <file>', 'settings file (default: config/facade.yaml, when there is one)')
    .option('--admin-url <url>', 'admin address of the facade (default: from the settings)')
    .option('--token-file <file>', 'file with the admin token (default: admin.token of the state directory)')
    .configureHelp({ showGlobalOptions: true, optionDescription })
    .showSuggestionAfterError(true)
    .addHelpText('after', exitCodes())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => (quiet ? undefined : io.stderr.write(text)),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  addStartCommand(program, context);
  addStatusCommand(program, context);
  addRoutesCommand(program, context);
  addExplainCommand(program, context);
  addFlipCommand(program, context);
  addOverrideCommand(program, context);
  addRollbackCommand(program, context);
  addAccessCommand(program, context);
  addCompareCommand(program, context);
  addMismatchesCommand(program, context);
  addShowCommand(program, context);
  addReplayCommand(program, context);
  addIgnoreCommand(program, context);
  addPromoteCommand(program, context);
  addReportCommand(program, context);
  addAuditCommand(program, context);
  addGuardCommand(program, context);
  addSocketsCommand(program, context);
  addJobsCommand(program, context);
  addCheckCommand(program, context);
  addCompletionCommand(program, context);
  pointToHelp(program, program.name());
  return program;
}

/** Options without which a command does nothing are to be seen as such. */
function optionDescription(option: Option): string {
  return new Help().optionDescription(option) + (option.mandatory ? ' (needed)' : '');
}

/** After an error, the help of the very command that it is about. */
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`See "${path} --help".`);
  for (const part of command.commands) pointToHelp(part, `${path} ${part.name()}`);
}

function exitCodes(): string {
  return `\nExit codes:\n${Object.values(EXIT_CODES)
    .map(({ code, meaning }) => `  ${code}  ${meaning}`)
    .join('\n')}\n\nEvery setting with its flag and environment variable: facade start --help`;
}
