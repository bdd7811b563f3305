/** A project root with the legacy's signing key and database, and the callers that tests send: operators and devices, good and bad. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { CallerHeaders } from '../../../src/facade/access/access-verdict.js';
import { type Ed25519Key, ensureEd25519Key } from '../../../src/legacy-bridge/keys/ed25519-key-file.js';
import { legacyLayout } from '../../../src/legacy-bridge/layout/legacy-layout.js';
import { sealOperatorToken } from '../../../src/legacy-bridge/operators/operator-token.js';
import { sealSession } from '../../../src/legacy-bridge/operators/session-cookie.js';
import { accessTokenSigner } from '../../../src/legacy-bridge/tokens/access-token.js';

export const SECRET = 'a secret of tests';
export const GUID = '11111111-2222-4333-8444-555555555555';
export const FINGERPRINT = 'ab'.repeat(32);

export interface TokenWish {
  readonly guid?: string;
  readonly fingerprint?: string;
  readonly version?: number;
  /** Epoch seconds of issue. */
  readonly at?: number;
  readonly key?: Pick<Ed25519Key, 'privateKey' | 'kid'>;
}

export interface CallersWorld {
  readonly root: string;
  readonly keyFile: string;
  readonly databaseFile: string;
  readonly key: Ed25519Key;
  deviceToken(wish?: TokenWish): Promise<string>;
  session(username: string, role?: string, at?: number): CallerHeaders;
  bearer(username: string, role?: string, at?: number): CallerHeaders;
  tokenCookie(username: string, role?: string): CallerHeaders;
  sql(text: string, ...values: unknown[]): void;
  /** Moves all that was written from the log into the database file itself. */
  checkpoint(): void;
  remove(): void;
}

const seconds = (): number => Math.floor(Date.now() / 1000);

export async function makeCallersWorld(): Promise<CallersWorld> {
  const root = mkdtempSync(join(tmpdir(), 'facade-access-'));
  const keyFile = legacyLayout(root).jwtKeyFile;
  const key = await ensureEd25519Key(keyFile);
  const databaseFile = join(root, 'database.db');
  const db = new Database(databaseFile);
  db.pragma('journal_mode = WAL');
  db.exec(readFileSync(new URL('../../parity/contract/schema.sql', import.meta.url), 'utf8'));
  const addUser = db.prepare(
    "INSERT INTO users (username, display_name, password_sha512, role, created_at, updated_at) VALUES (?, '', '', ?, 1, 1)",
  );
  addUser.run('admin', 'Admin');
  addUser.run('olga', 'User');
  db.prepare("INSERT INTO devices (guid, hostname, ssl_key_fingerprint, token_version) VALUES (?, 'PC', ?, 1)").run(
    GUID,
    FINGERPRINT,
  );
  const token = (username: string, role: string, at: number) => sealOperatorToken({ username, role }, SECRET, at);
  return {
    ...{ root, keyFile, databaseFile, key },
    deviceToken: ({ guid = GUID, fingerprint = FINGERPRINT, version = 1, at = seconds(), key: signer = key } = {}) =>
      accessTokenSigner(signer.privateKey, signer.kid).sign({ guid, fingerprint, tokenVersion: version }, at),
    session: (username, role = 'User', at = seconds()) => ({
      cookie: `session=${sealSession(new Map(Object.entries({ role, username })), SECRET, at)}`,
    }),
    bearer: (username, role = 'User', at = seconds()) => ({ authorization: `Bearer ${token(username, role, at)}` }),
    tokenCookie: (username, role = 'User') => ({ cookie: `borealis_auth=${token(username, role, seconds())}` }),
    sql: (text, ...values) => void db.prepare(text).run(...values),
    checkpoint: () => void db.pragma('wal_checkpoint(TRUNCATE)'),
    remove: () => {
      db.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
