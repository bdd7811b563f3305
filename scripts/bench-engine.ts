/**
 * The engine beside the sample legacy: same machine, same database, same requests, in turn. Throughput and 99th percentile of token
 * refresh and heartbeat, as ratios. Bounded in calls and time; loopback only.
 *
 * Usage: tsx scripts/bench-engine.ts [SECONDS=10 a run]
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Pool } from 'undici';
import { readEd25519Key } from '../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../src/legacy-bridge/tokens/access-token.js';
import { startEngineProcess } from '../test/kit/engine-process.js';
import { startSampleLegacy } from '../test/kit/sample-legacy.js';

/** Enough that no device comes near its 60 calls a minute. */
const DEVICES = 4000;
const AT_ONCE = 16;
const ROUNDS = 3;
/** Of the engine's throughput to the legacy's at least, and of its p99 at most. */
const GOAL = { throughput: 5, p99: 1 / 3 };

interface Call {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Figures {
  readonly perSecond: number;
  readonly p99Ms: number;
}

const guidOf = (device: number): string => `EEEEEEEE-FFFF-4AAA-8BBB-${String(device).padStart(12, '0')}`;
const fingerprintOf = (device: number): string => String(device).padStart(64, '0');

const seconds = Math.min(Number(process.argv[2] ?? 10), 60);
let turn = 0;
const legacy = await startSampleLegacy();
const engine = await startEngineProcess({ root: legacy.root, databaseFile: legacy.databaseFile, built: true });
try {
  seed(legacy.databaseFile);
  const calls = await makeCalls(legacy.root);
  let reached = true;
  for (const [name, list] of Object.entries(calls)) reached = (await compare(name, list)) && reached;
  process.exitCode = reached ? 0 : 1;
} finally {
  await engine.stop();
  await legacy.stop();
}

/** The sides in turn, so that both meet the machine in the same mood; the median of the rounds. */
async function compare(name: string, calls: readonly Call[]): Promise<boolean> {
  const rounds: { engine: Figures; legacy: Figures }[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push({ legacy: await load(legacy.url, calls), engine: await load(engine.address, calls) });
  const median = (pick: (round: { engine: Figures; legacy: Figures }) => number): number =>
    rounds.map(pick).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  for (const side of ['legacy', 'engine'] as const)
    console.log(
      `${name} ${side}: ${Math.round(median((round) => round[side].perSecond))} a second, p99 ${median((round) => round[side].p99Ms).toFixed(1)} ms`,
    );
  const throughput = median((round) => round.engine.perSecond / round.legacy.perSecond);
  const p99 = median((round) => round.engine.p99Ms / round.legacy.p99Ms);
  const reached = throughput >= GOAL.throughput && p99 <= GOAL.p99;
  console.log(
    `${name} engine/legacy: throughput ${throughput.toFixed(1)} (goal ${GOAL.throughput}), p99 ${p99.toFixed(2)} (goal ${GOAL.p99.toFixed(2)})${reached ? '' : '  MISSED'}`,
  );
  return reached;
}

/** Walks through the calls of all devices in turn, over every run, so that the limit of calls is never met. */
async function load(base: string, calls: readonly Call[]): Promise<Figures> {
  const pool = new Pool(base, { connections: AT_ONCE });
  const times: number[] = [];
  const work = async (until: number, counted: boolean): Promise<void> => {
    while (performance.now() < until) {
      const call = calls[turn % calls.length];
      turn += 1;
      if (call === undefined) throw new TypeError('no calls');
      const began = performance.now();
      const answer = await pool.request({ method: 'POST', ...call });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`${call.path}: ${answer.statusCode} ${text}`);
      if (counted) times.push(performance.now() - began);
    }
  };
  const run = (length: number, counted: boolean) => {
    const until = performance.now() + length * 1000;
    return Promise.all(Array.from({ length: AT_ONCE }, () => work(until, counted)));
  };
  await run(2, false);
  await run(seconds, true);
  await pool.close();
  times.sort((a, b) => a - b);
  return { perSecond: times.length / seconds, p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
}

function seed(databaseFile: string): void {
  const db = new Database(databaseFile);
  const device = db.prepare(
    "INSERT INTO devices (guid, hostname, ssl_key_fingerprint, token_version, status) VALUES (?, ?, ?, 1, 'active')",
  );
  const token = db.prepare(
    "INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES (?, ?, ?, '2024-01-02T03:04:05+00:00', '2099-01-02T03:04:05+00:00')",
  );
  db.transaction(() => {
    for (let n = 0; n < DEVICES; n += 1) {
      device.run(guidOf(n), `BENCH-${n}`, fingerprintOf(n));
      token.run(`rt-${n}`, guidOf(n), createHash('sha256').update(`refresh-${n}`).digest('hex'));
    }
  }).immediate();
  db.close();
}

/** As agents send them: the heartbeat with metrics, the refresh with the last access token beside it. */
async function makeCalls(root: string): Promise<Readonly<Record<'token refresh' | 'heartbeat', readonly Call[]>>> {
  const { privateKey, kid } = await readEd25519Key(
    join(root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key'),
  );
  const signer = accessTokenSigner(privateKey, kid);
  const now = Math.floor(Date.now() / 1000);
  const refreshes: Call[] = [];
  const heartbeats: Call[] = [];
  for (let n = 0; n < DEVICES; n += 1) {
    const access = await signer.sign({ guid: guidOf(n), fingerprint: fingerprintOf(n), tokenVersion: 1 }, now);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${access}` };
    const metrics = { operating_system: 'Windows 11', uptime: 3600 + n, username: 'CORP\\user', cpu_percent: 3.5 };
    refreshes.push({
      path: '/api/agent/token/refresh',
      headers,
      body: JSON.stringify({ guid: guidOf(n), refresh_token: `refresh-${n}` }),
    });
    heartbeats.push({
      path: '/api/agent/heartbeat',
      headers,
      body: JSON.stringify({ guid: guidOf(n), hostname: `BENCH-${n}`, inventory: {}, metrics }),
    });
  }
  return { 'token refresh': refreshes, heartbeat: heartbeats };
}
