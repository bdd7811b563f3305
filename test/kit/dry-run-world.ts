/** An engine over its socket, as the facade has it, that is asked for dry runs and in earnest; with a look at all that could hold a trace. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Pool } from 'undici';
import { DRY_RUN_HEADER, type DryRunReply, dryRunRequest } from '../../src/legacy-bridge/effects/dry-run-protocol.js';
import { parseDryRunReply } from '../../src/legacy-bridge/effects/parse-dry-run-reply.js';
import { readEd25519Key } from '../../src/legacy-bridge/keys/ed25519-key-file.js';
import { accessTokenSigner } from '../../src/legacy-bridge/tokens/access-token.js';
import { writeTlsBundle } from './certificates.js';
import { type DatabaseTrace, traceDatabase } from './database-trace.js';
import { FINGERPRINT, GUID } from './device-world.js';
import { type EngineProcess, startEngineProcess } from './engine-process.js';

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined sends none. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Of JSON objects; empty for all else. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** All that a request could leave behind; what runs in memory is asked for. */
export interface Trace {
  readonly database: DatabaseTrace;
  /** Digests of all other files of the root, logs left out. */
  readonly files: Readonly<Record<string, string>>;
  /** What the registry of agents shows. */
  readonly agents: readonly string[];
}

export interface DryRunWorld {
  readonly engine: EngineProcess;
  readonly db: Database.Database;
  readonly pool: Pool;
  /** An access token of the device, or of other claims. */
  token(claims?: { readonly guid?: string; readonly fingerprint?: string }): Promise<string>;
  /** In earnest. */
  live(call: Call): Promise<Answer>;
  dryRun(call: Call): Promise<DryRunReply>;
  trace(): Promise<Trace>;
  stop(): Promise<void>;
}

/** @param options `built`: run the engine as compiled */
export async function startDryRunWorld(
  env: Readonly<Record<string, string>> = {},
  options: { readonly built?: boolean } = {},
): Promise<DryRunWorld> {
  const root = await mkdtemp(join(tmpdir(), 'engine-dry-run-'));
  writeTlsBundle(root);
  const engine = await startEngineProcess({ root, overSocket: true, env, ...options });
  const pool = new Pool('http://engine', { socketPath: engine.address, connections: 256 });
  const { privateKey, kid } = await readEd25519Key(
    join(root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key'),
  );
  const signer = accessTokenSigner(privateKey, kid);
  const db = new Database(engine.databaseFile, { timeout: 10_000 });
  seed(db);
  const send = async ({ method = 'POST', path, headers = {}, body }: Call): Promise<Answer> => {
    const answer = await pool.request({
      method: method as 'POST',
      path,
      headers: {
        host: 'rmm.example',
        'x-forwarded-for': '10.0.0.1',
        'x-forwarded-proto': 'https',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : {},
    };
  };
  const world: DryRunWorld = {
    engine,
    db,
    pool,
    token: ({ guid = GUID, fingerprint = FINGERPRINT } = {}) =>
      signer.sign({ guid, fingerprint, tokenVersion: 1 }, Math.floor(Date.now() / 1000)),
    live: send,
    async dryRun(call) {
      const { method, headers } = dryRunRequest(call.method ?? 'POST');
      const answer = await send({ ...call, method, headers: { ...call.headers, ...Object.fromEntries(headers) } });
      if (answer.status !== 200 || answer.headers[DRY_RUN_HEADER] === undefined)
        throw new Error(`no envelope: ${answer.status} ${answer.text}`);
      return parseDryRunReply(Buffer.from(answer.text));
    },
    trace: async () => ({
      database: traceDatabase(engine.databaseFile),
      files: await digests(root),
      agents: [
        (await send({ method: 'GET', path: '/api/agents' })).text,
        (await send({ method: 'GET', path: '/api/agent/hash_list' })).text,
      ],
    }),
    async stop() {
      db.close();
      await pool.close();
      await engine.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
  return world;
}

/** A device with a refresh token, `plain`. */
function seed(db: Database.Database): void {
  db.prepare(
    "INSERT INTO devices (guid, hostname, ssl_key_fingerprint, created_at, last_seen, token_version, status) VALUES (?, 'PC', ?, 1700000000, 1700000000, 1, 'active')",
  ).run(GUID, FINGERPRINT);
  db.prepare(
    "INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES ('rt', ?, ?, '2024-01-02T03:04:05+00:00', '2099-01-02T03:04:05+00:00')",
  ).run(GUID, createHash('sha256').update('plain').digest('hex'));
}

async function digests(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.includes('/Logs/') || entry.name.startsWith('database.db')) continue;
    found[path] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return found;
}
