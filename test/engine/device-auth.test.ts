/** Admission of devices: no 401 for what this side merely does not know, and what shuts a device out stays. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { type JWK, SignJWT } from 'jose';
import { type DeviceWorld, FINGERPRINT, GUID, startDeviceWorld } from '../kit/device-world.js';

const SCRIPT = '/api/agent/script/request';
const now = (): number => Math.floor(Date.now() / 1000);
/** A guid that no test has used, so that limits and rows do not meet. */
let made = 0;
const newGuid = (): string => {
  made += 1;
  return `CCCCCCCC-DDDD-4EEE-8FFF-${String(made).padStart(12, '0')}`;
};
const newFingerprint = (): string => String(made).padStart(64, '0');

describe('device admission', () => {
  let world: DeviceWorld;

  before(async () => {
    world = await startDeviceWorld({ BOREALIS_ENGINE_BUSY_DEADLINE_MS: '200' });
  });
  after(() => world.stop());

  const device = async (row: Readonly<Record<string, string | number | null>> = {}) => {
    const guid = newGuid();
    const fingerprint = newFingerprint();
    world.addDevice({ guid, hostname: `HOST-${made}`, ssl_key_fingerprint: fingerprint, ...row });
    return { guid, fingerprint, token: await world.token({ guid, fingerprint }) };
  };
  const codeOf = async (token: string | null, headers: Record<string, string> = {}) => {
    const { status, body } = await world.call(SCRIPT, { token, headers });
    return [status, body.error];
  };

  /** Of the device, unless `claims` say otherwise. */
  const signedElsewhere = (claims: Readonly<Record<string, unknown>>): Promise<string> =>
    new SignJWT({
      ...{
        sub: 'device:x',
        guid: GUID,
        ssl_key_fingerprint: FINGERPRINT,
        token_version: 1,
        iat: now(),
        exp: now() + 900,
      },
      ...claims,
    })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'ffffffffffffffff' })
      .sign(generateKeyPairSync('ed25519').privateKey);

  describe('is 503, never 401, while the engine is not sure:', () => {
    it('the database is locked', async () => {
      const holder = new Database(world.engine.databaseFile);
      holder.exec('BEGIN EXCLUSIVE');
      try {
        // Without a row, it would have to write one.
        const { guid, fingerprint } = { guid: newGuid(), fingerprint: newFingerprint() };
        const answer = await world.call(SCRIPT, { token: await world.token({ guid, fingerprint }) });
        assert.deepEqual([answer.status, answer.body], [503, { error: 'database_busy' }]);
        assert.equal(answer.headers['retry-after'], '1');
        assert.deepEqual((await world.call('/api/agent/heartbeat')).status, 503);
      } finally {
        holder.close();
      }
      assert.equal((await world.call('/api/agent/heartbeat')).status, 200);
    });

    it('the key file changed, is broken, or is gone, also within the second of the last look', async () => {
      const pem = await readFile(world.keyFile);
      const other = generateKeyPairSync('ed25519').privateKey;
      const foreign = await new SignJWT({ sub: 'device:x', guid: GUID, iat: now(), exp: now() + 900 })
        .setProtectedHeader({ alg: 'EdDSA' })
        .sign(other);
      assert.deepEqual(await codeOf(await world.token()), [200, undefined]);
      await writeFile(world.keyFile, other.export({ format: 'pem', type: 'pkcs8' }));
      assert.deepEqual(await codeOf(foreign), [503, 'keys_unavailable']);
      await writeFile(world.keyFile, 'broken');
      assert.deepEqual(await codeOf(foreign), [503, 'keys_unavailable']);
      await unlink(world.keyFile);
      assert.deepEqual(await codeOf(foreign), [503, 'keys_unavailable']);
      await writeFile(world.keyFile, pem, { mode: 0o600 });
      assert.deepEqual(await codeOf(foreign), [401, 'invalid_token']);
      assert.deepEqual(await codeOf(await world.token()), [200, undefined]);
    });

    it('a token of a known device, with its key, is signed by another key', async () => {
      assert.deepEqual(await codeOf(await signedElsewhere({})), [503, 'keys_unavailable']);
      assert.deepEqual(await codeOf(await signedElsewhere({ guid: GUID.toLowerCase() })), [503, 'keys_unavailable']);
      await world.engine.logged(/code=keys_unavailable cause=a token of another key than/);
    });

    it('a good token is ahead of the clock', async () => {
      assert.deepEqual(await codeOf(await world.token({ at: now() + 60 })), [503, 'clock_behind']);
    });
  });

  describe('is 401 for what is surely wrong:', () => {
    it('a token of another key that names no device that is there, with its key', async () => {
      for (const claims of [
        { guid: newGuid() },
        { ssl_key_fingerprint: 'cd'.repeat(32) },
        { ssl_key_fingerprint: '' },
        { guid: '' },
        { token_version: 0 },
      ])
        assert.deepEqual(await codeOf(await signedElsewhere(claims)), [401, 'invalid_token'], JSON.stringify(claims));
    });

    it('no token, an expired one, one of a lower version', async () => {
      const { token } = await device({ token_version: 2 });
      assert.deepEqual(await codeOf(null), [401, 'missing_authorization']);
      assert.deepEqual(await codeOf(await world.token({ at: now() - 900 })), [401, 'token_expired']);
      assert.deepEqual(await codeOf(token), [401, 'token_version_revoked']);
    });
  });

  it('is limited to 60 calls a minute for one key, however many tokens it has, and counts no refused call', async () => {
    const { guid, fingerprint, token } = await device();
    for (let n = 0; n < 60; n += 1) assert.equal((await world.call(SCRIPT, { token })).status, 200);
    const refused = await world.call(SCRIPT, { token: await world.token({ guid, fingerprint, version: 2 }) });
    assert.deepEqual([refused.status, refused.body], [429, { error: 'rate_limited' }]);
    const retryAfter = Number(refused.headers['retry-after']);
    assert.ok(retryAfter >= 30 && retryAfter <= 60, String(retryAfter));
    assert.equal((await world.call(SCRIPT, { token: (await device()).token })).status, 200);
  });

  describe('of a device whose row is gone', () => {
    const remove = (guid: string) => world.sql('DELETE FROM devices WHERE guid = ?', guid);

    it('makes one row, also for many calls at once', async () => {
      const { guid, token } = await device();
      remove(guid);
      const answers = await Promise.all(Array.from({ length: 10 }, () => world.call(SCRIPT, { token })));
      assert.deepEqual(
        answers.map(({ status }) => status),
        Array.from({ length: 10 }, () => 200),
      );
      assert.equal(world.row(guid)?.hostname, `RECOVERED-${guid.slice(0, 12)}`);
      assert.equal(world.row(guid)?.status, 'active');
    });

    for (const [status, expected] of [
      [' Quarantined ', [200, undefined]],
      ['revoked', [403, 'device_revoked']],
      ['suspended', [403, 'device_revoked']],
    ] as const)
      it(`keeps the status "${status}", whoever deleted the row, until an operator sets another`, async () => {
        const { guid, token } = await device({ status });
        remove(guid);
        assert.deepEqual(await codeOf(token), expected);
        assert.equal(world.row(guid)?.status, status);
        remove(guid);
        assert.deepEqual(await codeOf(token), expected, 'also the second time');
        world.sql("UPDATE devices SET status = 'active' WHERE guid = ?", guid);
        remove(guid);
        assert.deepEqual(await codeOf(token), [200, undefined]);
        assert.equal(world.row(guid)?.status, 'active');
      });
  });

  describe('of a device whose row is spelled otherwise than its token', () => {
    it('gives the row the spelling of the token', async () => {
      const { guid, fingerprint } = await device();
      const lower = guid.toLowerCase();
      assert.deepEqual(await codeOf(await world.token({ guid: lower, fingerprint })), [200, undefined]);
      assert.equal(world.row(guid), undefined);
      assert.equal(world.row(lower)?.ssl_key_fingerprint, fingerprint);
    });

    it('refuses the key that the device had before, and makes no second row', async () => {
      const { guid } = await device();
      const lower = guid.toLowerCase();
      const token = await world.token({ guid: lower, fingerprint: 'cd'.repeat(32) });
      assert.deepEqual(await codeOf(token), [403, 'fingerprint_mismatch']);
      assert.equal(world.row(lower), undefined);
      assert.match(String(world.row(guid)?.hostname), /^HOST-/);
    });
  });

  it('refuses a version that is no number, and changes nothing', async () => {
    const { token, guid } = await device({ token_version: 'two' });
    const { status, body } = await world.call(SCRIPT, { token });
    assert.deepEqual([status, body.error], [400, 'device_invalid']);
    assert.equal(world.row(guid)?.token_version, 'two');
  });

  describe('with a DPoP proof', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const proof = (jti: string, path = SCRIPT) =>
      new SignJWT({ htm: 'POST', htu: `${world.engine.address}${path}`, jti, iat: now() })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk: publicKey.export({ format: 'jwk' }) as JWK })
        .sign(privateKey);

    it('takes a good one once, on whatever route', async () => {
      const { token } = await device();
      assert.deepEqual(await codeOf(token, { dpop: await proof('one') }), [200, undefined]);
      const beat = '/api/agent/heartbeat';
      const again = await world.call(beat, { token, headers: { dpop: await proof('one', beat) } });
      assert.deepEqual([again.status, again.body], [400, { error: 'dpop_replayed' }]);
      const refresh = '/api/agent/token/refresh';
      const body = { guid: GUID, refresh_token: 'plain' };
      const elsewhere = await world.call(refresh, { body, headers: { dpop: await proof('one', refresh) } });
      assert.deepEqual([elsewhere.status, elsewhere.body], [400, { error: 'dpop_replayed' }]);
    });

    it('burns none for a call that is refused before', async () => {
      const { token, guid } = await device({ status: 'suspended' });
      const kept = await proof('two');
      assert.deepEqual(await codeOf(token, { dpop: kept }), [403, 'device_revoked']);
      world.sql("UPDATE devices SET status = 'active' WHERE guid = ?", guid);
      assert.deepEqual(await codeOf(token, { dpop: kept }), [200, undefined]);
    });
  });

  it('leaves no token, proof or fingerprint in the log', async () => {
    const log = await world.engine.logText();
    assert.doesNotMatch(log, /eyJ/);
    assert.ok(!log.includes(FINGERPRINT));
  });
});
