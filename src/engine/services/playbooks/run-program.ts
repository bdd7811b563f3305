/**
 * Runs one program to its end, without a shell, in a process group of its own, which is killed with it: what it started outlives it only
 * by leaving that group, as daemons do. Its output is read as it comes and kept within a bound.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { BoundedOutput } from './bounded-output.js';

export interface Program {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Bytes that are kept of each of its outputs. */
  readonly mostOutput: number;
  /** Ends it: asked first, and killed when it does not obey. */
  readonly signal: AbortSignal;
}

export interface ProgramEnd {
  /** Null when it ended by a signal, or could not be started. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be started, in the system's words. */
  readonly failure: string | undefined;
}

/** As Node's own; another one stands in for a system that has nothing left. */
export type Spawn = (file: string, words: string[], options: SpawnOptions) => ChildProcess;

/** Between asking a program to end and killing it. */
const OBEY_MS = 2000;

/**
 * Resolves when the program is gone, and all of its group with it.
 * @throws Error of the system for arguments that it can't take
 */
export async function runProgram(program: Program, start: Spawn = spawn): Promise<ProgramEnd> {
  const [stdout, stderr] = [new BoundedOutput(program.mostOutput), new BoundedOutput(program.mostOutput)];
  const child = start(program.file, [...program.arguments], {
    cwd: program.folder,
    env: program.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // Before anything else is asked of it: a child that could not be started has no outputs, and says so a moment later.
  const end = ended(child, program.signal);
  collect(child.stdout, stdout);
  collect(child.stderr, stderr);
  const { exitCode, failure } = await end;
  return { exitCode, stdout: stdout.text(), stderr: stderr.text(), failure };
}

function collect(stream: ChildProcess['stdout'] | undefined, output: BoundedOutput): void {
  stream?.on('data', (chunk: Buffer) => output.add(chunk));
  // One that can't be read on is closed; how the program ended is told all the same.
  stream?.on('error', () => stream.destroy());
}

function ended(child: ChildProcess, signal: AbortSignal): Promise<Pick<ProgramEnd, 'exitCode' | 'failure'>> {
  return new Promise((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    const finish = (exitCode: number | null, failure?: string): void => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve({ exitCode, failure });
    };
    const stop = (): void => {
      signalGroup(child, 'SIGTERM');
      timers.push(setTimeout(() => signalGroup(child, 'SIGKILL'), OBEY_MS));
    };
    // One that began tells its exit, whatever else goes wrong.
    child.on('error', (error) => child.pid === undefined && finish(null, error.message));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    child.once('exit', (exitCode) => {
      signalGroup(child, 'SIGKILL');
      // What has left the group may hold the outputs open for as long as it likes.
      timers.push(setTimeout(() => closeOutputs(child), OBEY_MS));
      child.once('close', () => finish(exitCode));
    });
  });
}

function closeOutputs({ stdout, stderr }: ChildProcess): void {
  stdout?.destroy();
  stderr?.destroy();
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    // Nobody is left, or nobody whom this user may end.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
