/** Starts the real engine as a process of its own, on a free port of loopback or on a Unix socket, in a folder of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathWithoutAnsible } from './no-ansible.js';
import { productEntry } from './product-entry.js';
import { projectRoot } from './python.js';

export interface EngineProcessOptions {
  /** Project root with keys, certificates, logs. Default: a new folder, removed by `stop`. */
  readonly root?: string;
  /** SQLite file. Default: `database.db` in the root. */
  readonly databaseFile?: string;
  /** Folder of the web interface. Default: none. */
  readonly staticFolder?: string;
  /** Listen on `run/engine.sock` below the root in place of TCP. Default: false. */
  readonly overSocket?: boolean;
  /** Run what `scripts/build` made, as operators do, in place of the sources. Default: as scripts/test says. */
  readonly built?: boolean;
  /** Folder that stands for `src`: see planted-build.ts. */
  readonly sources?: string;
  /** More variables; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A running engine. */
export interface EngineProcess {
  /** `http(s)://127.0.0.1:port`, or the socket's path. */
  readonly address: string;
  readonly root: string;
  readonly databaseFile: string;
  readonly child: ChildProcess;
  /** What it wrote to standard error. */
  errors(): string;
  /** Waits until `engine.log` has a text like this; the file is written a moment after the event. */
  logged(pattern: RegExp): Promise<void>;
  /** Text of `engine.log`. */
  logText(): Promise<string>;
  /** Asks it to end (SIGTERM, or `signal`) and waits. @returns its exit code; null after a signal that it could not catch */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Ends it, and removes the root when it was made by the start. */
  stop(): Promise<void>;
}

/** An engine that ended before it was ready. */
export class EngineEnded extends Error {
  readonly exitCode: number | null;
  readonly errors: string;

  constructor(exitCode: number | null, errors: string) {
    super(`the engine ended at its start with ${exitCode}:\n${errors}`);
    this.exitCode = exitCode;
    this.errors = errors;
  }
}

/** @throws EngineEnded */
export async function startEngineProcess(options: EngineProcessOptions = {}): Promise<EngineProcess> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'engine-')));
  const databaseFile = options.databaseFile ?? join(root, 'database.db');
  const { execArgv, file } = productEntry('engine', { built: options.built, sources: options.sources });
  const child = fork(file, [], {
    cwd: projectRoot,
    env: environment(options, root, databaseFile),
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += String(chunk);
  });
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  };
  const removeRoot = async (): Promise<void> => {
    if (options.root === undefined) await rm(root, { recursive: true, force: true });
  };
  try {
    const address = await ready(child, () => errors);
    const logText = () => readFile(join(root, 'Logs', 'Server', 'engine.log'), 'utf8');
    return {
      address,
      root,
      databaseFile,
      child,
      errors: () => errors,
      logText,
      async logged(pattern) {
        while (!pattern.test(await logText())) await new Promise((resolve) => setTimeout(resolve, 10));
      },
      end,
      stop: async () => {
        await end();
        await removeRoot();
      },
    };
  } catch (error) {
    await removeRoot();
    throw error;
  }
}

/** Only what the test says, beside what Node itself needs: a developer's own BOREALIS variables stay out. */
function environment(options: EngineProcessOptions, root: string, databaseFile: string): NodeJS.ProcessEnv {
  const { HOME, TZ } = process.env;
  return {
    PATH: pathWithoutAnsible,
    HOME,
    TZ: TZ ?? 'UTC',
    BOREALIS_ROOT: root,
    BOREALIS_PROJECT_ROOT: root,
    BOREALIS_DATABASE_PATH: databaseFile,
    BOREALIS_STATIC_ROOT: options.staticFolder ?? join(root, 'no-web-interface'),
    BOREALIS_PORT: '0',
    ...(options.overSocket ? { BOREALIS_ENGINE_SOCKET: join(root, 'run', 'engine.sock') } : {}),
    ...options.env,
  };
}

async function ready(child: ChildProcess, errors: () => string): Promise<string> {
  const closed = new Promise<never>((_resolve, reject) =>
    child.once('close', (code) => reject(new EngineEnded(code, errors()))),
  );
  const [message] = (await Promise.race([once(child, 'message'), closed])) as [{ type: string; address: string }];
  closed.catch(() => undefined);
  return message.address;
}
