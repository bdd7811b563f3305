/** Starts the project's Python programs and follows what they print. Owns no knowledge of what they say. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The checkout's own folder, absolute. */
export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/** A running Python program. */
export interface PythonProcess {
  readonly child: ChildProcess;
  /** What it wrote to stderr, its last 200 lines: shown when something fails. */
  errors(): string;
  /** Ends it by `signal` (default SIGTERM) and waits for its end; nothing when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** What a start takes besides the script. */
export interface PythonOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Gets each line of stdout. */
  readonly onLine: (line: string) => void;
}

/** Starts `script` (relative to the project's root) with the interpreter that `scripts/python` finds. */
export function startPython(script: string, options: PythonOptions): PythonProcess {
  const child = spawn(`${projectRoot}scripts/python`, ['-u', `${projectRoot}${script}`, ...options.args], {
    cwd: projectRoot,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', options.onLine);
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line);
    if (errors.length > 200) errors.shift();
  });
  return {
    child,
    errors: () => errors.join('\n'),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'close');
      child.kill(signal);
      await ended;
    },
  };
}
