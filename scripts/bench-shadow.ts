/**
 * What shadowing costs clients: the same requests with and without it, in turns within one run, through the real facade. The
 * engine is held to a core of its own; facade, legacy and clients share the other.
 */
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Pool } from 'undici';
import { readEd25519Key } from '../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../src/legacy-bridge/tokens/access-token.js';
import { startAgentWorld } from '../test/kit/agent-world.js';
import { metricOf } from '../test/kit/facade-metrics.js';

/** Short, so that what else the machine does meets both alike. */
const TURNS = 16;
const TURN_MS = 2000;
/** At a low rate: what is slower than 99 of 100 requests must not be a handful. */
const SLOW_TURN_MS = 4000;
/** After a flip: its check of the engine, and what it wakes, are not what is measured. */
const SETTLE_MS = 300;

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;

const world = await startAgentWorld();
const { facade, legacy } = world;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Requests for so long: at a rate, or as fast as so many connections can. @returns milliseconds of each */
async function load(call: Call, ms: number, pace: { readonly perSecond: number } | { readonly connections: number }) {
  const connections = 'connections' in pace ? pace.connections : 8;
  const pool = new Pool(facade.address, { connections });
  const durations: number[] = [];
  const ask = async (): Promise<void> => {
    const from = performance.now();
    const answer = await pool.request({ ...call, headers: call.headers(), body: call.body ?? null });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`${call.path}: ${answer.statusCode}`);
    durations.push(performance.now() - from);
  };
  const until = performance.now() + ms;
  if ('perSecond' in pace) {
    const asked: Promise<void>[] = [];
    for (let nth = 0; performance.now() < until; nth += 1) {
      asked.push(ask());
      await pause(Math.max(0, until - ms + ((nth + 1) * 1000) / pace.perSecond - performance.now()));
    }
    await Promise.all(asked);
  } else {
    const worker = async (): Promise<void> => {
      while (performance.now() < until) await ask();
    };
    await Promise.all(Array.from({ length: connections }, worker));
  }
  await pool.close();
  return durations;
}

interface Turns {
  readonly plain: readonly number[];
  readonly shadowed: readonly number[];
  /** The turns without shadow once more, each second one apart: what two runs of the same differ by. */
  readonly halves: readonly [readonly number[], readonly number[]];
}

async function inTurns(target: string, call: Call, pace: Parameters<typeof load>[2], turnMs = TURN_MS): Promise<Turns> {
  const halves: [number[], number[]] = [[], []];
  const shadowed: number[] = [];
  for (let turn = 0; turn < TURNS * 2; turn += 1) {
    const stage = turn % 2 === 0 ? 'legacy' : 'shadow';
    if (turn > 0) await facade.flip(target, stage);
    await pause(SETTLE_MS);
    await load(call, SETTLE_MS, pace);
    const into = stage === 'shadow' ? shadowed : halves[turn % 4 === 0 ? 0 : 1];
    into.push(...(await load(call, turnMs, pace)));
  }
  await facade.flip(target, 'legacy');
  return { plain: halves.flat(), shadowed, halves };
}

function tell(what: string, { plain, shadowed, halves }: Turns): void {
  for (const [name, share] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
  ] as const) {
    const [without, withIt] = [quantile(plain, share), quantile(shadowed, share)];
    const ratio = (withIt / without).toFixed(2);
    const noise = (quantile(halves[1], share) / quantile(halves[0], share)).toFixed(2);
    console.log(
      `${what}, ${name}: ${withIt.toFixed(2)} ms with shadow, ${without.toFixed(2)} without; ratio ${ratio}, ${(withIt - without).toFixed(2)} ms more; without against without ${noise}`,
    );
  }
  console.log(`${what}: ${shadowed.length} requests with, ${plain.length} without`);
}

/** Tokens of devices that are put there: no one device may call as often as this asks. */
async function deviceTokens(count: number): Promise<string[]> {
  const keyFile = join(legacy.root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key');
  const { privateKey, kid } = await readEd25519Key(keyFile);
  const signer = accessTokenSigner(privateKey, kid);
  const db = new Database(legacy.databaseFile);
  const add = db.prepare(
    'INSERT INTO devices (guid, hostname, created_at, last_seen, ssl_key_fingerprint) VALUES (?, ?, 1, 1, ?)',
  );
  const tokens: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const guid = randomUUID().toUpperCase();
    const fingerprint = createHash('sha256').update(guid).digest('hex');
    add.run(guid, `BENCH-${nth}`, fingerprint);
    tokens.push(await signer.sign({ guid, fingerprint, tokenVersion: 1 }, Math.floor(Date.now() / 1000)));
  }
  db.close();
  return tokens;
}

try {
  await world.agent.stop();
  const pin = (pid: number | undefined, core: number): void => {
    execFileSync('taskset', ['-apc', String(core), String(pid)], { stdio: 'ignore' });
  };
  pin(await facade.engineReady(), 1);
  for (const pid of [facade.child.pid, legacy.pid(), process.pid]) pin(pid, 0);

  const read: Call = { method: 'GET', path: '/api/server/time', headers: () => ({}), body: undefined };
  await load(read, 3000, { connections: 8 });
  // What compares is not to be measured while it still runs uncompiled.
  await facade.flip('server-time', 'shadow');
  await load(read, 10_000, { perSecond: 200 });
  await facade.flip('server-time', 'legacy');
  tell('reads, 60 a second', await inTurns('server-time', read, { perSecond: 60 }, SLOW_TURN_MS));
  tell('reads, saturated by 16 connections', await inTurns('server-time', read, { connections: 16 }));

  const tokens = await deviceTokens(100);
  const body = JSON.stringify({ metrics: { last_reboot: '2026-01-01 00:00:00' }, inventory: { cpu: { name: 'x' } } });
  let nth = 0;
  const write: Call = {
    method: 'POST',
    path: '/api/agent/heartbeat',
    body,
    headers: () => {
      nth += 1;
      return { 'content-type': 'application/json', authorization: `Bearer ${tokens[nth % tokens.length]}` };
    },
  };
  await load(write, 2000, { perSecond: 20 });
  tell('writes that are dry-run, 20 a second', await inTurns('device-calls', write, { perSecond: 20 }));

  for (const name of ['facade_comparisons_total', 'facade_comparison_drops_total'])
    for (const [labels, value] of await metricOf(facade, name)) console.log(`${labels}: ${value}`);
  const [sum, count] = [
    await metricOf(facade, 'facade_dry_run_wait_seconds_sum'),
    await metricOf(facade, 'facade_dry_run_wait_seconds_count'),
  ];
  for (const [labels, value] of sum)
    console.log(`mean wait for a dry run, ${labels}: ${((value / (count.get(labels) ?? 1)) * 1000).toFixed(2)} ms`);
} finally {
  await world.stop();
}
