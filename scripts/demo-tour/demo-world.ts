/** The demo's servers and agents: a Flask legacy, the facade with its engine on the same database, agents that enrol. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { ClosingStack } from '../../src/facade/closing-stack.js';
import { approve, makeInstallCode, type SampleAgent, startSampleAgent } from '../../test/kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../../test/kit/sample-legacy.js';

export const FACADE_MAIN = resolve(import.meta.dirname, '../../dist/facade/main.js');
const SHIPPED_TABLE = resolve(import.meta.dirname, '../../config/migration-table.yaml');

export interface DemoWorld {
  readonly legacy: SampleLegacy;
  readonly agents: readonly SampleAgent[];
  /** Where agents and browsers reach the facade. */
  readonly address: string;
  readonly adminAddress: string;
  readonly folder: string;
  readonly tokenFile: string;
  readonly token: string;
  /** Runs `facade ARGS` against the demo's facade. */
  cli(...args: string[]): Promise<{ readonly code: number | null; readonly output: string }>;
  close(): Promise<void>;
}

export interface DemoOptions {
  /** Public and admin port; 0 takes any free one. */
  readonly port: number;
  readonly adminPort: number;
  readonly agents: number;
  readonly say: (text: string) => void;
  /** Aborts when whoever started it wants no more: what was started by then is ended. */
  readonly signal: AbortSignal;
}

/** Starts all of it; what fails on the way ends what was started. */
export async function startDemoWorld(options: DemoOptions): Promise<DemoWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'borealis-demo-'));
  const opened = new ClosingStack();
  opened.add(folder, () => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  try {
    options.say('starting the legacy (Flask) ...');
    const legacy = await startSampleLegacy({ root: join(folder, 'borealis') });
    opened.add(legacy, () => legacy.stop());
    options.signal.throwIfAborted();
    seedDevices(legacy.databaseFile);
    options.say('starting the facade, and with it the engine ...');
    const facade = await startFacade(options, folder, legacy);
    opened.add(facade, ({ child }) => end(child));
    options.signal.throwIfAborted();
    options.say(`starting ${options.agents} agents, which enrol through the facade ...`);
    const agents = await startAgents(options.agents, facade.address, legacy);
    opened.add(agents, async () => void (await Promise.all(agents.map((agent) => agent.stop()))));
    options.signal.throwIfAborted();
    const tokenFile = join(folder, 'state', 'admin.token');
    const token = (await readFile(tokenFile, 'utf8')).trim();
    const { address, adminAddress } = facade;
    const cli: DemoWorld['cli'] = (...args) =>
      runCli(['--admin-url', adminAddress, '--token-file', tokenFile, ...args]);
    return { legacy, agents, address, adminAddress, folder, tokenFile, token, cli, close: () => opened.close() };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

interface StartedFacade {
  readonly child: ChildProcess;
  readonly address: string;
  readonly adminAddress: string;
}

function startFacade({ port, adminPort }: DemoOptions, folder: string, legacy: SampleLegacy): Promise<StartedFacade> {
  const table = join(folder, 'migration-table.yaml');
  const args = [
    ...['start', '--listen-host', '127.0.0.1', '--listen-port', String(port), '--admin-port', String(adminPort)],
    ...['--legacy-url', legacy.url, '--table', table, '--state-directory', join(folder, 'state')],
    ...['--answers-served-by', 'browsers', '--breaker-open-ms', '1000'],
    // Servers, agents and load share one machine here, which may be busy: compare all the same.
    ...['--shadow-max-busy-percent', '100', '--shadow-max-core-wait-percent', '100', '--shadow-max-lag-ms', '10000'],
    ...['--shadow-dry-run-timeout-ms', '2000'],
  ];
  const env = {
    ...process.env,
    BOREALIS_ROOT: legacy.root,
    BOREALIS_PROJECT_ROOT: legacy.root,
    BOREALIS_DATABASE_PATH: legacy.databaseFile,
  };
  return copyFile(SHIPPED_TABLE, table).then(
    () =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [FACADE_MAIN, ...args], {
          cwd: folder,
          env,
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        const said: string[] = [];
        child.once('exit', (code) => reject(new Error(`the facade ended with ${code}:\n${said.join('\n')}`)));
        createInterface({ input: child.stderr }).on('line', (line) => {
          said.push(line);
          if (!line.includes('"facade-started"')) return;
          const { address, adminAddress } = JSON.parse(line) as StartedFacade;
          resolve({ child, address, adminAddress });
        });
      }),
  );
}

async function startAgents(count: number, server: string, legacy: SampleLegacy): Promise<SampleAgent[]> {
  const code = await makeInstallCode(legacy);
  const agents = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      startSampleAgent({
        server,
        code,
        hostname: `DEMO-PC-${at + 1}`,
        timeScale: 0.2,
        refreshBefore: 900,
        roleSeconds: 25,
      }),
    ),
  );
  await Promise.all(agents.map((agent) => agent.waitFor('enrolment_pending')));
  await approve(legacy);
  await Promise.all(agents.map((agent) => agent.waitFor('connected', () => true, 30_000)));
  return agents;
}

/** Machines that were there before: what an operator sees in the lists. */
function seedDevices(file: string): void {
  const database = new Database(file, { timeout: 5000 });
  const now = Math.floor(Date.now() / 1000);
  const site = database.prepare('INSERT INTO sites (name, description, created_at) VALUES (?, ?, ?)');
  const device = database.prepare(
    `INSERT INTO devices (guid, hostname, description, created_at, last_seen, operating_system, agent_id, status)
     VALUES (upper(hex(randomblob(4)) || '-0000-4000-8000-' || hex(randomblob(6))), ?, ?, ?, ?, ?, ?, 'active')`,
  );
  database
    .transaction(() => {
      site.run('Head office', 'Where the servers are', now);
      for (const [name, os] of [
        ['RECEPTION', 'Windows 11'],
        ['WORKSHOP', 'Windows 10'],
        ['BACKUP', 'Debian 12'],
      ])
        device.run(name, 'seeded', now, now, os, `${name}_SEEDED_SYSTEM`);
    })
    .immediate();
  database.close();
}

async function runCli(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [FACADE_MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
