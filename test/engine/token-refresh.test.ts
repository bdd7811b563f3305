/** Token refresh: agents keep their tokens whatever is wrong on the server's side, and both sides accept each other's. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, type JWK, SignJWT } from 'jose';
import { request } from 'undici';
import { type EngineProcess, startEngineProcess } from '../kit/engine-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const GUID = 'BBBBBBBB-CCCC-4DDD-8EEE-000000000001';
const FINGERPRINT = 'ab'.repeat(32);
const PATH = '/api/agent/token/refresh';

describe('token refresh', () => {
  let root: string;
  let engine: EngineProcess;
  let legacy: SampleLegacy | undefined;
  let keyFile: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'engine-refresh-'));
    keyFile = join(root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key');
    engine = await startEngineProcess({ root, env: { BOREALIS_ENGINE_BUSY_DEADLINE_MS: '200' } });
    const db = new Database(engine.databaseFile);
    db.prepare(
      "INSERT INTO devices (guid, hostname, ssl_key_fingerprint, token_version, status) VALUES (?, 'PC', ?, 4, 'active')",
    ).run(GUID, FINGERPRINT);
    db.prepare(
      "INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES ('rt', ?, ?, '2024-01-02T03:04:05+00:00', '2099-01-02T03:04:05+00:00')",
    ).run(GUID, createHash('sha256').update('plain').digest('hex'));
    db.close();
  });
  after(async () => {
    await legacy?.stop();
    await engine.stop();
    await rm(root, { recursive: true, force: true });
  });

  const refresh = async (
    body: unknown = { guid: GUID, refresh_token: 'plain' },
    headers: Record<string, string> = {},
    query = '',
  ) => {
    const answer = await request(`${engine.address}${PATH}${query}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const json = (await answer.body.json()) as Record<string, unknown>;
    return { status: answer.statusCode, headers: answer.headers, body: json };
  };
  const row = () => {
    const db = new Database(engine.databaseFile, { readonly: true });
    const found = db.prepare('SELECT dpop_jkt, last_used_at, revoked_at FROM refresh_tokens').get() as Record<
      string,
      string | null
    >;
    db.close();
    return found;
  };

  it('gives a token that the legacy accepts, made with the same key file', async () => {
    const { status, body } = await refresh();
    assert.equal(status, 200);
    assert.deepEqual([body.expires_in, body.token_type], [900, 'Bearer']);
    legacy ??= await startSampleLegacy({ root, databaseFile: engine.databaseFile });
    const answer = await legacy.call('POST', '/api/agent/heartbeat', { hostname: 'PC' }, String(body.access_token));
    assert.deepEqual([answer.status, answer.body], [200, { poll_after_ms: 15000, status: 'ok' }]);
    const bySide = await legacy.call('POST', PATH, { guid: GUID, refresh_token: 'plain' });
    const theirs = decodeJwt(String((bySide.body as Record<string, unknown>).access_token));
    const ours = decodeJwt(String(body.access_token));
    const { iat: _iat, nbf: _nbf, exp: _exp, ...expected } = theirs;
    for (const [claim, value] of Object.entries(expected)) assert.deepEqual(ours[claim], value, claim);
  });

  it('serves both processes of an agent at the same moment with one refresh token', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh()));
    assert.deepEqual(
      answers.map(({ status }) => status),
      Array.from({ length: 20 }, () => 200),
    );
    assert.equal(row().revoked_at, null);
  });

  it('answers 503, never 401, while the database is locked, also for tokens that it does not know', async () => {
    const holder = new Database(engine.databaseFile);
    holder.exec('BEGIN EXCLUSIVE');
    try {
      const { status, body, headers } = await refresh();
      assert.deepEqual([status, body], [503, { error: 'database_busy' }]);
      assert.equal(headers['retry-after'], '1');
    } finally {
      holder.close();
    }
    assert.equal((await refresh()).status, 200);
  });

  it('answers 503, never 401, while the key on disk is not the one that it loaded', async () => {
    const pem = await readFile(keyFile);
    const other = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    // Longer than the pause between two looks at the file.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    for (const content of [other, 'broken']) {
      await writeFile(keyFile, content);
      for (const token of ['plain', 'unknown']) {
        const { status, body } = await refresh({ guid: GUID, refresh_token: token });
        assert.deepEqual([status, body], [503, { error: 'keys_unavailable' }], token);
      }
    }
    await writeFile(keyFile, pem);
    assert.equal((await refresh()).status, 200);
  });

  it('gives no token of its own key to an agent that holds a fresh one of another', async () => {
    const other = generateKeyPairSync('ed25519').privateKey;
    const at = Math.floor(Date.now() / 1000);
    const token = (exp: number, kid = 'ffffffffffffffff') =>
      new SignJWT({ sub: `device:${GUID}`, exp }).setProtectedHeader({ alg: 'EdDSA', kid }).sign(other);
    const before_ = row();
    const refused = await refresh(undefined, { authorization: `Bearer ${await token(at + 30)}` });
    assert.deepEqual([refused.status, refused.body], [503, { error: 'keys_unavailable' }]);
    assert.deepEqual(row(), before_);
    await engine.logged(/code=keys_unavailable cause=.* do not share their key file/);
    // The usual case after a sleep, and after a key was made anew on both sides: nothing is known from it.
    assert.equal((await refresh(undefined, { authorization: `Bearer ${await token(at - 1)}` })).status, 200);
    const own = decodeProtectedHeader(String((await refresh()).body.access_token)).kid;
    assert.equal((await refresh(undefined, { authorization: `Bearer ${await token(at + 30, own)}` })).status, 200);
  });

  it('tells no agent that it is unknown while the database knows none at all', async () => {
    const empty = await startEngineProcess();
    try {
      const body = JSON.stringify({ guid: GUID, refresh_token: 'plain' });
      const answer = await request(`${empty.address}${PATH}`, { method: 'POST', body });
      assert.deepEqual([answer.statusCode, await answer.body.json()], [503, { error: 'database_empty' }]);
    } finally {
      await empty.stop();
    }
  });

  it('answers 400 with the field where the legacy crashes, and changes nothing', async () => {
    const before_ = row();
    const cases: readonly (readonly [string, string])[] = [
      ['[1]', 'body: a JSON object'],
      ['"x"', 'body: a JSON object'],
      ['7', 'body: a JSON object'],
      [`{"guid":"\\ud800","refresh_token":"plain"}`, 'guid: text without lone surrogates'],
      [`{"guid":"${GUID}","refresh_token":"\\udfff"}`, 'refresh_token: text without lone surrogates'],
    ];
    for (const [body, detail] of cases)
      assert.deepEqual((await refresh(body)).body, { error: 'invalid_request', detail }, body);
    assert.deepEqual(row(), before_);
  });

  it('refuses bodies beyond its limit without reading them', async () => {
    const { status, body } = await refresh('x'.repeat(1_000_001));
    assert.deepEqual([status, body.error], [413, 'body_too_large']);
    // Without a length the limit shows only on the way; the answer must come all the same.
    const { hostname, port } = new URL(engine.address);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    socket.write(`${(1_000_100).toString(16)}\r\n${'x'.repeat(1_000_100)}\r\n`);
    await once(socket, 'close');
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it('takes a client that goes away in its body for no fault of its own', async () => {
    const { hostname, port } = new URL(engine.address);
    const socket = connect(Number(port), hostname);
    socket.write(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await refresh();
    assert.doesNotMatch(await engine.logText(), /request-failed/);
  });

  describe('with a DPoP proof', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const jwk = publicKey.export({ format: 'jwk' }) as JWK;
    const proof = (jti: string, htu: string) =>
      new SignJWT({ htm: 'POST', htu, jti, iat: Math.floor(Date.now() / 1000) })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk })
        .sign(privateKey);

    it('stores the thumbprint of a good one', async () => {
      const { status } = await refresh(undefined, { dpop: await proof('a', `${engine.address}${PATH}`) });
      assert.equal(status, 200);
      assert.equal(row().dpop_jkt, await calculateJwkThumbprint(jwk));
      await refresh();
      assert.equal(row().dpop_jkt, await calculateJwkThumbprint(jwk), 'it survives a refresh without proof');
    });

    it('takes the address from one trusted proxy, query included', async () => {
      const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'rmm.example:8443' };
      const good = await proof('b', `https://rmm.example:8443${PATH}?a=1`);
      assert.equal((await refresh(undefined, { ...forwarded, dpop: good }, '?a=1')).status, 200);
      const other = await proof('c', `https://rmm.example:8443${PATH}`);
      assert.equal((await refresh(undefined, { ...forwarded, dpop: other }, '?a=1')).body.error, 'dpop_invalid');
    });

    it('refuses one that was used, also when sent many times at once', async () => {
      const used = await proof('d', `${engine.address}${PATH}`);
      const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(undefined, { dpop: used })));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      for (const { status, body } of answers)
        if (status !== 200) assert.deepEqual([status, body], [400, { error: 'dpop_replayed' }]);
    });

    it('looks at it before a device row that can not be understood', async () => {
      const db = new Database(engine.databaseFile);
      const setVersion = db.prepare('UPDATE devices SET token_version = ?');
      try {
        setVersion.run('two');
        assert.deepEqual((await refresh(undefined, { dpop: 'x' })).body, { error: 'dpop_invalid' });
        const { status, body } = await refresh();
        assert.deepEqual([status, body.error], [400, 'device_invalid']);
      } finally {
        setVersion.run(4);
        db.close();
      }
    });

    it('burns no proof for a refresh token that is refused', async () => {
      const kept = await proof('e', `${engine.address}${PATH}`);
      assert.equal((await refresh({ guid: GUID, refresh_token: 'wrong' }, { dpop: kept })).status, 401);
      assert.equal((await refresh(undefined, { dpop: kept })).status, 200);
    });
  });

  it('leaves no secret in the log', async () => {
    const log = await engine.logText();
    assert.doesNotMatch(log, /plain|eyJ/);
  });
});
