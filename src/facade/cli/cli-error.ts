import type { ExitName } from './exit-code.js';

/** Why a command can't go on, with what to do next. Ends the process with the exit code of its kind. */
export class CliError extends Error {
  readonly exit: Exclude<ExitName, 'ok'>;
  /** Code of the refusal, as in the reference of errors. */
  readonly code: string;
  /** Each thing that is wrong, where there are several. */
  readonly problems: readonly string[];
  /** What to do next; empty when the message says it. */
  readonly hint: string;

  constructor(
    exit: Exclude<ExitName, 'ok'>,
    code: string,
    message: string,
    { problems = [], hint = '', cause }: { problems?: readonly string[]; hint?: string; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'CliError';
    this.exit = exit;
    this.code = code;
    this.problems = problems;
    this.hint = hint;
  }
}
