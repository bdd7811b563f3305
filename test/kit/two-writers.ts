/**
 * The engine and a Python process writing the same rows of one database at full speed, for a bounded time, and what became
 * of it. Starts the Python process; the engine, and a facade before it, are the caller's.
 */
import Database from 'better-sqlite3';
import { Pool } from 'undici';
import type { AccessTokenSigner } from '../../src/legacy-bridge/tokens/access-token.js';
import { startPython } from './python.js';

export interface TwoWritersOptions {
  /** Where device routes are served by the engine. */
  readonly base: string;
  readonly databaseFile: string;
  readonly signer: AccessTokenSigner;
  readonly seconds: number;
  /** Each may call 60 times a minute. */
  readonly devices: number;
  /** Calls under way at once. Default: 8. */
  readonly atOnce?: number;
}

export interface TwoWritersResult {
  /** Calls that the engine answered with 200. */
  readonly served: number;
  /** Status and body of every other answer. */
  readonly refused: readonly string[];
  /** 99th percentile of the calls, in milliseconds. */
  readonly p99Ms: number;
  readonly python: { readonly writes: number; readonly locked: number; readonly slowest_ms: number };
  /** Writes of either side that are not in the database. */
  readonly lost: readonly string[];
  /** `ok` when it is sound. */
  readonly integrity: string;
}

const fingerprintOf = (device: number): string => String(device).padStart(64, '0');
const guidOf = (device: number): string => `DDDDDDDD-EEEE-4FFF-8AAA-${String(device).padStart(12, '0')}`;

/** Puts the devices there, and a refresh token: a database without any is not taken for the legacy's. */
export function seedWriters(databaseFile: string, devices: number): void {
  const db = new Database(databaseFile);
  const insert = db.prepare(
    "INSERT INTO devices (guid, hostname, ssl_key_fingerprint, token_version, status, memory) VALUES (?, ?, ?, 1, 'active', '[1]')",
  );
  db.transaction(() => {
    for (let device = 0; device < devices; device += 1)
      insert.run(guidOf(device), `DEVICE-${device}`, fingerprintOf(device));
  }).immediate();
  db.prepare(
    "INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES ('rt', ?, 'none', '2024-01-02T03:04:05+00:00', '2099-01-02T03:04:05+00:00')",
  ).run(guidOf(0));
  db.close();
}

export async function runTwoWriters(options: TwoWritersOptions): Promise<TwoWritersResult> {
  const { databaseFile, seconds, devices } = options;
  const lines: string[] = [];
  let onReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const python = startPython('test/kit/legacy-writer.py', {
    args: [databaseFile, String(devices), String(seconds)],
    onLine: (line) => {
      lines.push(line);
      onReady();
    },
  });
  const ended = new Promise((resolve) => python.child.once('close', resolve));
  try {
    await ready;
    const calls = await callEngine(options);
    await ended;
    const { expected, lost: lostByPython, ...written } = JSON.parse(lines.at(-1) ?? '{}');
    return { ...calls, python: written, ...inspect(databaseFile, calls.last, expected, lostByPython) };
  } finally {
    await python.stop();
  }
}

interface Calls {
  readonly served: number;
  readonly refused: readonly string[];
  readonly p99Ms: number;
  /** The last address that each device reported. */
  readonly last: ReadonlyMap<number, string>;
}

async function callEngine({ base, signer, seconds, devices, atOnce = 8 }: TwoWritersOptions): Promise<Calls> {
  const pool = new Pool(base, { connections: atOnce });
  const last = new Map<number, string>();
  const refused: string[] = [];
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  let made = 0;
  // Each worker has devices of its own, so that the last call of a device is the last one sent.
  const work = async (worker: number): Promise<void> => {
    const tokens = new Map<number, string>();
    const own = Array.from({ length: devices }, (_, device) => device).filter((device) => device % atOnce === worker);
    for (let n = 0; performance.now() < until; n += 1) {
      const device = own[n % own.length] ?? worker;
      const token =
        tokens.get(device) ??
        (await signer.sign(
          { guid: guidOf(device), fingerprint: fingerprintOf(device), tokenVersion: 1 },
          Math.floor(Date.now() / 1000),
        ));
      tokens.set(device, token);
      made += 1;
      const address = `10.${made >> 16}.${(made >> 8) & 255}.${made & 255}`;
      const began = performance.now();
      const answer = await pool.request({ method: 'POST', ...callOf(device, address, n), ...headersOf(token) });
      times.push(performance.now() - began);
      const text = await answer.body.text();
      if (answer.statusCode === 200) last.set(device, address);
      else refused.push(`${answer.statusCode} ${text.trim()}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, worker) => work(worker)));
  await pool.close();
  times.sort((a, b) => a - b);
  const p99Ms = times[Math.floor(times.length * 0.99)] ?? 0;
  return { served: times.length - refused.length, refused, p99Ms, last };
}

/** Heartbeats change columns; details read the row and write it whole. */
function callOf(device: number, address: string, n: number): { readonly path: string; readonly body: string } {
  if (n % 2 === 0) return { path: '/api/agent/heartbeat', body: JSON.stringify({ internal_ip: address }) };
  const details = { summary: { internal_ip: address }, cpu: { name: 'x', cores: n % 64 } };
  return { path: '/api/agent/details', body: JSON.stringify({ hostname: `DEVICE-${device}`, details }) };
}

function headersOf(token: string): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } };
}

function inspect(
  databaseFile: string,
  addresses: ReadonlyMap<number, string>,
  descriptions: Readonly<Record<string, string>>,
  lostByPython: number,
): Pick<TwoWritersResult, 'lost' | 'integrity'> {
  const db = new Database(databaseFile, { readonly: true });
  const row = db.prepare('SELECT description, internal_ip FROM devices WHERE hostname = ?');
  const found = (hostname: string) => row.get(hostname) as { description: string; internal_ip: string };
  const lost = [
    ...Array.from({ length: lostByPython }, () => 'a description, seen while writing'),
    ...Object.entries(descriptions)
      .filter(([hostname, text]) => found(hostname).description !== text)
      .map(([hostname]) => `the last description of ${hostname}`),
    ...[...addresses]
      .filter(([device, address]) => found(`DEVICE-${device}`).internal_ip !== address)
      .map(([device]) => `the last address of DEVICE-${device}`),
  ];
  const integrity = String(db.pragma('integrity_check', { simple: true }));
  db.close();
  return { lost, integrity };
}
