/** An engine with accounts, browsers that keep its cookies, and a direct view of the database: what tests of operators share. */
import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { oneTimeCode, readCodeSecret } from '../../src/engine/domain/one-time-code.js';
import { sealOperatorToken } from '../../src/legacy-bridge/operators/operator-token.js';
import { sealSession } from '../../src/legacy-bridge/operators/session-cookie.js';
import type { PythonValue } from '../../src/legacy-bridge/values/python-value.js';
import { type EngineProcess, type EngineProcessOptions, startEngineProcess } from './engine-process.js';

/** The legacy's default, which engine and sample legacy have where a test sets none. */
export const SECRET = 'borealis-dev-secret';

export interface OperatorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** `Set-Cookie` lines. */
  readonly cookies: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

export interface OperatorCall {
  /** Sent as it is when text or bytes, else as JSON. Default: none. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Account {
  readonly username: string;
  /** Default `pw`. */
  readonly password?: string;
  /** Default `User`. */
  readonly role?: string;
  /** Asks for a second factor. Default: no. */
  readonly mfa?: boolean;
  readonly mfaSecret?: string | null;
}

export interface OperatorWorld {
  readonly engine: EngineProcess;
  readonly db: Database.Database;
  call(method: 'GET' | 'POST' | 'DELETE', path: string, call?: OperatorCall): Promise<OperatorAnswer>;
  addAccount(account: Account): void;
  /** The row of an account. */
  account(username: string): Readonly<Record<string, unknown>> | undefined;
  stop(): Promise<void>;
}

export async function startOperatorWorld(options: EngineProcessOptions = {}): Promise<OperatorWorld> {
  const engine = await startEngineProcess(options);
  const db = new Database(engine.databaseFile);
  return {
    engine,
    db,
    call: (method, path, call) => callOperatorRoute(engine.address, method, path, call),
    addAccount({ username, password = 'pw', role = 'User', mfa = false, mfaSecret = null }) {
      db.prepare(
        'INSERT INTO users (username, display_name, password_sha512, role, created_at, updated_at, mfa_enabled, mfa_secret) VALUES (?, ?, ?, ?, 1, 1, ?, ?)',
      ).run(username, username, sha512(password), role, mfa ? 1 : 0, mfaSecret);
    },
    account: (username) =>
      db.prepare('SELECT * FROM users WHERE username = ?').get(username) as Record<string, unknown> | undefined,
    async stop() {
      db.close();
      await engine.stop();
    },
  };
}

export async function callOperatorRoute(
  base: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  { body, headers = {} }: OperatorCall = {},
): Promise<OperatorAnswer> {
  const answer = await request(`${base}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined
      ? {}
      : { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  return {
    status: answer.statusCode,
    headers: answer.headers,
    cookies: [answer.headers['set-cookie'] ?? []].flat(),
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}

/** The `Cookie` header of a browser that heard these lines; values that were deleted are left out. */
export function cookieHeader(lines: readonly string[]): { readonly cookie: string } {
  const pairs = lines.map((line) => line.split(';', 1)[0] ?? '').filter((pair) => !pair.endsWith('='));
  return { cookie: pairs.join('; ') };
}

/** A session made outside of the server, from the secret alone. */
export function sealedSession(
  keys: Readonly<Record<string, PythonValue>>,
  { secret = SECRET, at = nowSeconds() } = {},
): { readonly cookie: string } {
  return { cookie: `session=${sealSession(new Map(Object.entries(keys)), secret, at)}` };
}

/** An operator token made outside of the server. */
export function sealedToken(
  username: string,
  role: string,
  { secret = SECRET, at = nowSeconds() } = {},
): { readonly authorization: string } {
  return { authorization: `Bearer ${sealOperatorToken({ username, role }, secret, at)}` };
}

/** A session whose password was right, made outside of the server. */
export function sealedPending(facts: Readonly<Record<string, PythonValue>>): { readonly cookie: string } {
  const pending = {
    ...{ role: 'User', token: 't', stage: 'verify', secret: null, expires: BigInt(nowSeconds() + 250) },
    ...facts,
  };
  return sealedSession({ mfa_pending: new Map(Object.entries(pending)) });
}

/** The code of a secret now, or some periods from now. */
export function codeOf(secret: string, periods = 0): string {
  const bytes = readCodeSecret(secret);
  if (bytes === undefined) throw new TypeError(`no secret: ${secret}`);
  return oneTimeCode(bytes, Math.floor(Date.now() / 30_000) + periods);
}

/** A code that is wrong now and in the periods around. */
export function wrongCodeOf(secret: string): string {
  const right = [-2, -1, 0, 1, 2].map((periods) => codeOf(secret, periods));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code)) ?? '';
}

/** Waits until a code made now stays in its period for some seconds. */
export async function earlyInPeriod(): Promise<void> {
  const leftMs = 30_000 - (Date.now() % 30_000);
  if (leftMs < 3000) await new Promise((resolve) => setTimeout(resolve, leftMs + 50));
}

export function sha512(text: string): string {
  return createHash('sha512').update(text).digest('hex');
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
