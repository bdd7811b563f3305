/** Runs one command line. Owns what is printed when it fails, and the exit code. Never ends the process itself. */
import { CommanderError } from 'commander';
import { SettingsError } from '../settings/settings-error.js';
import { buildProgram } from './build-program.js';
import { CliContext } from './cli-context.js';
import { CliError } from './cli-error.js';
import type { CliIo } from './cli-io.js';
import { EXIT_CODES } from './exit-code.js';
import { printable, styleFor } from './style.js';

/**
 * @param args without the interpreter and the script
 * @returns the exit code, see EXIT_CODES
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const context = new CliContext(io);
  const json = args.includes('--json');
  try {
    await buildProgram(context, json).parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return usageExit(error, json, io);
    const failure = asCliError(error);
    io.stderr.write(json ? asJson(failure) : asText(failure, io));
    return EXIT_CODES[failure.exit].code;
  }
}

/** Commander has printed help, version or, for people, what is wrong. */
function usageExit({ exitCode, code, message }: CommanderError, json: boolean, io: CliIo): number {
  if (exitCode === 0) return EXIT_CODES.ok.code;
  const reason = code === 'commander.help' ? 'expected a command' : message.replace(/^error: /, '');
  if (json) io.stderr.write(asJson(new CliError('usage', 'usage', reason, { hint: 'See "facade --help".' })));
  return EXIT_CODES.usage.code;
}

function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof SettingsError)
    return new CliError('usage', error.code, "The settings can't be used:", {
      problems: error.problems,
      hint: 'Every setting: facade start --help, or docs/reference/settings.md.',
    });
  if (!(error instanceof Error)) return new CliError('failed', 'fault', String(error));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // Errors without a code are faults of our own: whoever reports one needs to know where.
  if (code === undefined) return new CliError('failed', 'fault', error.stack ?? error.message, { cause: error });
  const [message = '', ...problems] = error.message.split('\n').map((line) => line.trim());
  return new CliError('failed', code, message, { problems, hint: HINTS[code] ?? '', cause: error });
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'Something listens there already: another facade, or the legacy that is to make room (settings listen and admin).',
  EACCES: 'Ports below 1024 and files of other users need rights that this user does not have.',
};

function asJson({ code, message, problems, hint }: CliError): string {
  return `${JSON.stringify({ error: code, reason: message, problems, hint }, undefined, 2)}\n`;
}

function asText({ message, problems, hint }: CliError, io: CliIo): string {
  const style = styleFor(io.stderr, io.env);
  const lines = message.split('\n').map(printable);
  const next = hint === '' ? [] : [style.dim(hint)];
  return `${[`${style.bad('error:')} ${lines.join('\n')}`, ...problems.filter((one) => one !== message).map((one) => `  ${printable(one)}`), ...next].join('\n')}\n`;
}
