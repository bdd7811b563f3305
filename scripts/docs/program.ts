import type { Command } from 'commander';
import { buildProgram } from '../../src/facade/cli/build-program.js';
import { CliContext } from '../../src/facade/cli/cli-context.js';

/** The command line, to be looked at and not to be run. */
export function documentedProgram(): Command {
  const stream = { write: () => undefined, isTTY: false };
  const io = {
    stdout: stream,
    stderr: stream,
    env: {},
    user: '',
    version: '',
    now: () => 0,
    handBack: () => Promise.reject(new TypeError('this command line only documents')),
    startFacade: () => Promise.reject(new TypeError('this command line only documents')),
  };
  return buildProgram(new CliContext(io));
}
