/** An engine with one enrolled device, its tokens, and a direct view of the database: what tests of device routes share. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { readEd25519Key } from '../../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../../src/legacy-bridge/tokens/access-token.js';
import { type EngineProcess, startEngineProcess } from './engine-process.js';

export const GUID = 'BBBBBBBB-CCCC-4DDD-8EEE-000000000001';
export const FINGERPRINT = 'ab'.repeat(32);

/** A row of `devices`, or parts of one. */
export type DeviceRow = Readonly<Record<string, string | number | bigint | Buffer | null>>;

export interface DeviceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DeviceCall {
  /** Sent as it is when text or bytes, else as JSON. Default: `{}`. */
  readonly body?: unknown;
  /** Default: a good one of the device. Null sends none. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'POST' | 'HEAD';
}

export interface DeviceWorld {
  readonly engine: EngineProcess;
  readonly root: string;
  /** File of the key that signs tokens. */
  readonly keyFile: string;
  /** An access token signed by the engine's own key. Default: of the device, version 1, issued now. */
  token(claims?: Partial<{ guid: string; fingerprint: string; version: number; at: number }>): Promise<string>;
  call(path: string, call?: DeviceCall): Promise<DeviceAnswer>;
  /** Puts a device there; the default one is there from the start. */
  addDevice(row: DeviceRow): void;
  /** The row of a guid. Default: of the device. */
  row(guid?: string): DeviceRow | undefined;
  /** Runs statements on the database. */
  sql(text: string, ...values: (string | number | Buffer | null)[]): unknown[];
  stop(): Promise<void>;
}

export async function startDeviceWorld(env: Readonly<Record<string, string>> = {}): Promise<DeviceWorld> {
  const root = await mkdtemp(join(tmpdir(), 'engine-devices-'));
  const engine = await startEngineProcess({ root, env });
  const keyFile = join(root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key');
  const { privateKey, kid } = await readEd25519Key(keyFile);
  const signer = accessTokenSigner(privateKey, kid);
  const db = new Database(engine.databaseFile);
  const world: DeviceWorld = {
    engine,
    root,
    keyFile,
    token: ({ guid = GUID, fingerprint = FINGERPRINT, version = 1, at = Math.floor(Date.now() / 1000) } = {}) =>
      signer.sign({ guid, fingerprint, tokenVersion: version }, at),
    async call(path, { body = {}, token, headers = {}, method = 'POST' } = {}) {
      const bearer = token === null ? undefined : (token ?? (await world.token()));
      const answer = await request(`${engine.address}${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
          ...headers,
        },
        ...(method === 'POST' ? { body: asBody(body) } : {}),
      });
      const text = await answer.body.text();
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      };
    },
    addDevice(row) {
      const columns = { created_at: 1_700_000_000, last_seen: 1_700_000_000, ssl_key_fingerprint: FINGERPRINT, ...row };
      const names = Object.keys(columns);
      db.prepare(`INSERT INTO devices (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`).run(
        ...Object.values(columns),
      );
    },
    row: (guid = GUID) => db.prepare('SELECT * FROM devices WHERE guid = ?').get(guid) as DeviceRow | undefined,
    sql(text, ...values) {
      const statement = db.prepare(text);
      if (statement.reader) return statement.all(...values);
      statement.run(...values);
      return [];
    },
    async stop() {
      db.close();
      await engine.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
  world.addDevice({ guid: GUID, hostname: 'PC' });
  world.sql(
    "INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES ('rt', ?, ?, '2024-01-02T03:04:05+00:00', '2099-01-02T03:04:05+00:00')",
    GUID,
    createHash('sha256').update('plain').digest('hex'),
  );
  return world;
}

function asBody(body: unknown): string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
}
