/** Starts the sample legacy on a free port of loopback, with a database and keys of its own, for one test file. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, type Dispatcher, request } from 'undici';
import { pathWithoutAnsible } from './no-ansible.js';
import { seedScenario } from './parity.js';
import { type PythonProcess, startPython } from './python.js';

/** How to start it; all optional. */
export interface SampleLegacyOptions {
  /** Project root with keys, certificates and database. Default: a new folder, removed by `stop`. */
  readonly root?: string;
  /** SQLite file. Default: `database.db` in the root. */
  readonly databaseFile?: string;
  /** HTTPS with the bundle below the root. Default: false. */
  readonly tls?: boolean;
  /** Name of a parity scenario whose rows the database holds before the first start. */
  readonly seedScenario?: string;
  /** Folder of a built web interface. Default: none, every static path is 404. */
  readonly staticFolder?: string;
  /** Further names and addresses in the certificate, besides localhost and 127.0.0.1. */
  readonly names?: readonly string[];
  /** `none`: jobs are never dispatched. A number: seconds between ticks. Default: a tick at the start, then in each full minute. */
  readonly scheduler?: 'none' | number;
  /** Port. Default: 0, a free one. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a call to the sample legacy gave. */
export interface LegacyAnswer {
  readonly status: number;
  /** Parsed JSON, or the text when it is none. */
  readonly body: unknown;
}

/** A running sample legacy. */
export interface SampleLegacy {
  /** Scheme, address and port; the same after `restart`. */
  readonly url: string;
  readonly port: number;
  readonly root: string;
  readonly databaseFile: string;
  /** Leaf and root certificate, as agents get them. */
  readonly bundleFile: string;
  /** The root certificate alone, to trust. */
  readonly rootCertificateFile: string;
  /** Id of the process that runs now. */
  pid(): number | undefined;
  /** Its stderr of late. */
  errors(): string;
  /** Sends one request; JSON in, JSON out. TLS is verified against the root certificate. */
  call(method: Dispatcher.HttpMethod, path: string, json?: unknown, token?: string): Promise<LegacyAnswer>;
  /** Operator token of the default admin. */
  adminToken(): Promise<string>;
  /** Ends the process (SIGTERM, or `signal`) and leaves root and database. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port, root and database; ends it before when it runs. */
  restart(): Promise<void>;
  /** Ends it, and removes the root when it was made by the start. */
  stop(): Promise<void>;
}

const START_MS = 60_000;

/** Starts it and waits until it listens. Rejects with what it printed when it ends before. */
export async function startSampleLegacy(options: SampleLegacyOptions = {}): Promise<SampleLegacy> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'sample-legacy-')));
  const databaseFile = options.databaseFile ?? join(root, 'database.db');
  if (options.seedScenario !== undefined) await seedScenario(options.seedScenario, databaseFile);
  const start = (port: number) => launch(argumentsFor(options, root, databaseFile, port), options.env);
  let running = await start(options.port ?? 0);
  const { url, port } = running;
  const rootCertificateFile = join(root, 'Certificates', 'Server', 'borealis-root-ca.pem');
  const dispatcher = new Agent(options.tls ? { connect: { ca: await readFile(rootCertificateFile, 'utf8') } } : {});
  const call: SampleLegacy['call'] = (method, path, json, token) => send(dispatcher, url, method, path, json, token);
  return {
    url,
    port,
    root,
    databaseFile,
    bundleFile: join(root, 'Certificates', 'Server', 'borealis-server-bundle.pem'),
    rootCertificateFile,
    pid: () => running.process.child.pid,
    errors: () => running.process.errors(),
    call,
    adminToken: () => adminToken(call),
    kill: (signal) => running.process.stop(signal),
    async restart() {
      await running.process.stop();
      running = await start(port);
    },
    async stop() {
      await running.process.stop();
      await dispatcher.destroy();
      if (options.root === undefined) await rm(root, { recursive: true, force: true });
    },
  };
}

function argumentsFor(options: SampleLegacyOptions, root: string, databaseFile: string, port: number): string[] {
  return [
    ...['--root', root, '--database', databaseFile, '--port', String(port)],
    ...(options.tls ? ['--tls'] : []),
    ...(options.staticFolder === undefined ? [] : ['--static', options.staticFolder]),
    ...(options.scheduler === 'none' ? ['--no-scheduler'] : []),
    ...(typeof options.scheduler === 'number' ? ['--tick-seconds', String(options.scheduler)] : []),
    ...(options.names ?? []).flatMap((name) => ['--name', name]),
  ];
}

interface Launched {
  readonly process: PythonProcess;
  readonly url: string;
  readonly port: number;
}

function launch(args: readonly string[], env: SampleLegacyOptions['env']): Promise<Launched> {
  return new Promise((resolve, reject) => {
    const process = startPython('scripts/sample-legacy/main.py', {
      args,
      env: { PATH: pathWithoutAnsible, ...env },
      onLine(line) {
        clearTimeout(timer);
        const { url, port } = JSON.parse(line) as { url: string; port: number };
        resolve({ process, url, port });
      },
    });
    const fail = (why: string) => {
      clearTimeout(timer);
      process.child.kill('SIGKILL');
      reject(new Error(`the sample legacy ${why}\n${process.errors()}`));
    };
    const timer = setTimeout(() => fail(`did not listen within ${START_MS} ms`), START_MS);
    process.child.once('close', (code) => fail(`ended at start with code ${code}`));
  });
}

async function send(
  dispatcher: Dispatcher,
  base: string,
  method: Dispatcher.HttpMethod,
  path: string,
  json: unknown,
  token: string | undefined,
): Promise<LegacyAnswer> {
  const answer = await request(new URL(path, base), {
    method,
    dispatcher,
    headers: {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await answer.body.text();
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  return { status: answer.statusCode, body: isJson ? JSON.parse(text) : text };
}

async function adminToken(call: SampleLegacy['call']): Promise<string> {
  const { status, body } = await call('POST', '/api/auth/login', { username: 'admin', password: 'Password' });
  const token = (body as { token?: unknown }).token;
  if (status !== 200 || typeof token !== 'string') throw new Error(`the default admin was refused: ${status}`);
  return token;
}
