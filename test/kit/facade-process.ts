/** Starts the real facade as a process of its own, with the real engine behind it, on free ports of loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathWithoutAnsible } from './no-ansible.js';
import { productEntry } from './product-entry.js';
import { projectRoot } from './python.js';
import type { SampleLegacy } from './sample-legacy.js';

export interface FacadeProcessOptions {
  readonly legacy: Pick<SampleLegacy, 'url' | 'root' | 'databaseFile' | 'bundleFile' | 'rootCertificateFile'>;
  /** HTTPS with the legacy's own bundle and key. Default: false. */
  readonly tls?: boolean;
  /** Further flags of `facade start`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Table file to begin with. Default: the shipped one, copied. */
  readonly tableFile?: string;
  /** Folder of an earlier facade, to go on with its state and table; not removed by `stop`. Default: a new one. */
  readonly folder?: string;
  /** Public port. Default: any free one. */
  readonly port?: number;
  /** Folder in place of `src`, with another engine; see `planted-build.ts`. */
  readonly sources?: string;
  /** PEM files to present in place of the legacy's. */
  readonly certificate?: { readonly bundle: string; readonly key: string };
}

/** A running facade. */
export interface FacadeProcess {
  readonly address: string;
  readonly port: number;
  readonly folder: string;
  readonly adminAddress: string;
  readonly stateDirectory: string;
  readonly tableFile: string;
  readonly child: ChildProcess;
  /** What it logged, line by line. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Calls the admin API with the token. Rejects unless the answer is 2xx. */
  admin(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  flip(
    target: string,
    stage: string,
    more?: { readonly percent?: number; readonly by?: string; readonly force?: boolean },
  ): Promise<void>;
  /** Resolves with the id of a ready engine process, another than `previous`. */
  engineReady(previous?: number): Promise<number>;
  /** Asks it to end (SIGTERM, or `signal`) and waits. @returns its exit code */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Ends it and removes its state. */
  stop(): Promise<void>;
}

const START_MS = 20_000;
const READY_MS = 20_000;
const POLL_MS = 25;

export async function startFacadeProcess(options: FacadeProcessOptions): Promise<FacadeProcess> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'facade-')));
  const stateDirectory = join(folder, 'state');
  const tableFile = join(folder, 'migration-table.yaml');
  if (options.folder === undefined)
    await copyFile(options.tableFile ?? join(projectRoot, 'config', 'migration-table.yaml'), tableFile);
  const child = spawn(process.execPath, argumentsFor(options, stateDirectory, tableFile), {
    cwd: folder,
    env: environment(options),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: Readonly<Record<string, unknown>>[] = [];
  const started = await startedLine(child, log);
  const token = (await readFile(join(stateDirectory, 'admin.token'), 'utf8')).trim();
  const { address, adminAddress } = started as { address: string; adminAddress: string };
  const admin: FacadeProcess['admin'] = (method, path, body) => callAdmin(adminAddress + path, token, method, body);
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await exited)[0];
  };
  return {
    ...{
      address,
      port: Number(new URL(address).port),
      folder,
      adminAddress,
      stateDirectory,
      tableFile,
      child,
      log,
      admin,
      end,
    },
    flip: async (target, stage, more = {}) => {
      await admin('POST', '/flip', { target, stage, why: 'a test', who: 'test', ...more });
    },
    engineReady: (previous) => engineReady(admin, previous),
    stop: async () => {
      await end();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

function argumentsFor(
  { legacy, tls, args, port, certificate, sources }: FacadeProcessOptions,
  state: string,
  table: string,
): string[] {
  const own = { bundle: legacy.bundleFile, key: legacy.bundleFile.replace('bundle.pem', 'key.pem') };
  const { bundle, key } = certificate ?? own;
  const secure = legacy.url.startsWith('https:');
  const { execArgv, file } = productEntry('facade', { sources });
  return [
    ...[...execArgv, file, 'start'],
    ...['--listen-host', '127.0.0.1', '--listen-port', String(port ?? 0), '--admin-port', '0'],
    ...['--state-directory', state, '--table', table, '--legacy-url', legacy.url],
    ...(secure ? ['--legacy-ca', legacy.rootCertificateFile, '--legacy-server-name', 'localhost'] : []),
    ...(tls ? ['--tls-certificate', bundle, '--tls-key', key] : []),
    ...(args ?? []),
  ];
}

/** The engine inherits this: it shares the legacy's keys and database. */
function environment({ legacy, env }: FacadeProcessOptions): NodeJS.ProcessEnv {
  const shared = {
    BOREALIS_ROOT: legacy.root,
    BOREALIS_PROJECT_ROOT: legacy.root,
    BOREALIS_DATABASE_PATH: legacy.databaseFile,
  };
  return { ...process.env, PATH: pathWithoutAnsible, ...shared, ...env };
}

function startedLine(child: ChildProcess, log: Readonly<Record<string, unknown>>[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const other: string[] = [];
    const fail = (why: string) =>
      reject(
        new Error(`the facade ${why}\n${other.join('\n')}\n${log.map((line) => JSON.stringify(line)).join('\n')}`),
      );
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`did not start within ${START_MS} ms`);
    }, START_MS);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended at its start with code ${code}`);
    });
    if (child.stderr === null) throw new TypeError('stderr is no pipe');
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (!line.startsWith('{')) return void other.push(line);
      const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
      log.push(entry);
      if (entry.message !== 'facade-started') return;
      clearTimeout(timer);
      resolve(entry);
    });
  });
}

async function callAdmin(url: string, token: string, method: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
}

interface StatusOfEngine {
  readonly engine: { readonly process: { readonly state: string; readonly pid: number | null } | null };
}

async function engineReady(admin: FacadeProcess['admin'], previous: number | undefined): Promise<number> {
  const until = performance.now() + READY_MS;
  for (;;) {
    const { engine } = (await admin('GET', '/status')) as StatusOfEngine;
    const pid = engine.process?.pid;
    if (engine.process?.state === 'ready' && typeof pid === 'number' && pid !== previous) return pid;
    if (performance.now() > until) throw new Error(`no ready engine within ${READY_MS} ms: ${JSON.stringify(engine)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
