/** What the engine does better than the legacy when devices enrol, fault by fault; and that it does nothing while it is unsure. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { startEngineProcess } from '../kit/engine-process.js';
import { type EnrollmentAnswer, postJson } from '../kit/enrolling-device.js';
import { type EnrollmentWorld, enrollingDevice, FUTURE, startEnrollmentWorld } from '../kit/enrollment-world.js';

const POLL = '/api/agent/enroll/poll';
const REQUEST = '/api/agent/enroll/request';
const OLD_KEY = 'ab'.repeat(32);

describe('enrolment', () => {
  let world: EnrollmentWorld;
  before(async () => {
    // Debug lines too must hold no secret.
    world = await startEnrollmentWorld({ BOREALIS_DEBUG: '1' });
  });
  after(() => world.stop());

  const newGuid = () => randomUUID().toUpperCase();
  const script = async (token: unknown) => {
    const answer = await request(`${world.base}/api/agent/script/request`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> };
  };
  const refresh = (body: unknown) => postJson(`${world.base}/api/agent/token/refresh`, body);
  const approvalOf = (reference: string) => world.row('device_approvals', 'approval_reference', reference);

  it('gives a device all that it needs, once', async () => {
    const device = enrollingDevice();
    const first = await world.enrol(device, world.addCode());
    assert.equal(first.status, 200);
    assert.equal(first.body.status, 'approved');
    assert.match(String(first.body.server_certificate), /BEGIN CERTIFICATE/);
    assert.equal((await script(first.body.access_token)).status, 200);
    const { guid, refresh_token } = first.body;
    assert.equal((await refresh({ guid, refresh_token })).status, 200);
    assert.deepEqual((await device.poll(world.base)).body, { status: 'approved', detail: 'finalized' });
  });

  describe('F1: bad input', () => {
    const fine = enrollingDevice();
    const good = () => ({
      hostname: 'PC',
      enrollment_code: 'X',
      agent_pubkey: fine.publicKey,
      client_nonce: 'A'.repeat(24),
    });
    const requests: readonly [string, unknown, string][] = [
      ['a list', [1], 'body: a JSON object'],
      ['a key that is a number', { ...good(), agent_pubkey: 7 }, 'agent_pubkey: text'],
      ['a nonce that is true', { ...good(), client_nonce: true }, 'client_nonce: text'],
      [
        'half of one in the code',
        { ...good(), enrollment_code: '\udc00' },
        'enrollment_code: text without lone surrogates',
      ],
    ];
    for (const [what, body, detail] of requests)
      it(`${what} in a request`, async () => {
        const before = world.state();
        const answer = await postJson(`${world.base}${REQUEST}`, body, '10.200.0.1');
        assert.deepEqual([answer.status, answer.body], [400, { error: 'invalid_request', detail }]);
        assert.equal(world.state(), before);
      });

    it('half a surrogate pair in the code counts last of what can be seen by looking at a request', async () => {
      const asked = { ...good(), enrollment_code: '\udc00', client_nonce: 'AAAA' };
      const { status, body } = await postJson(`${world.base}${REQUEST}`, asked, '10.200.0.1');
      assert.deepEqual([status, body], [400, { error: 'invalid_client_nonce' }]);
    });

    const hostnames = [
      ['a list', ['PC']],
      ['true', true],
      ['half a surrogate pair', 'PC\ud800'],
    ] as const;
    for (const [what, hostname] of hostnames)
      it(`${what} for a hostname, once all else is right`, async () => {
        const body = { ...good(), hostname, enrollment_code: world.addCode() };
        const before = world.state();
        const answer = await postJson(`${world.base}${REQUEST}`, body, '10.200.0.1');
        assert.deepEqual([answer.status, answer.body], [400, { error: 'invalid_request', detail: 'hostname: text' }]);
        assert.equal(world.state(), before);
        for (const [fault, error] of [
          [{ enrollment_code: '' }, 'enrollment_code_required'],
          [{ client_nonce: 'AAAA' }, 'invalid_client_nonce'],
          [{ enrollment_code: 'X' }, 'invalid_enrollment_code'],
        ] as const) {
          const refused = await postJson(`${world.base}${REQUEST}`, { ...body, ...fault }, '10.200.0.1');
          assert.deepEqual([refused.status, refused.body], [400, { error }]);
        }
      });

    const polls: readonly [string, unknown, string][] = [
      ['a text', 'text', 'body: a JSON object'],
      ['a nonce that is a number', { client_nonce: 5 }, 'client_nonce: text'],
      ['a proof that is true', { proof_sig: true }, 'proof_sig: text'],
      [
        'half a surrogate pair',
        { approval_reference: '\ud800', client_nonce: '', proof_sig: '' },
        'approval_reference: text without lone surrogates',
      ],
    ];
    for (const [what, body, detail] of polls)
      it(`${what} in a poll`, async () => {
        const answer = await postJson(`${world.base}${POLL}`, JSON.stringify(body));
        assert.deepEqual([answer.status, answer.body], [400, { error: 'invalid_request', detail }]);
      });

    it('a code whose expiry has no zone counts as expired', async () => {
      const code = world.addCode(1, { expires_at: '2099-01-02T03:04:05' });
      const { status, body } = await enrollingDevice().request(world.base, code);
      assert.deepEqual([status, body], [400, { error: 'invalid_enrollment_code' }]);
    });
  });

  describe('F3: a row that is spelled in braces or without dashes', () => {
    for (const [what, spelled] of [
      ['in braces', (guid: string) => `{${guid}}`],
      ['without dashes', (guid: string) => guid.replaceAll('-', '')],
    ] as const)
      it(`${what}, under the claimed hostname, becomes the device's`, async () => {
        const guid = newGuid();
        const device = enrollingDevice();
        world.addDevice({ guid: spelled(guid), hostname: device.hostname, ssl_key_fingerprint: OLD_KEY });
        const { status, body } = await world.enrol(device, world.addCode(), guid);
        assert.deepEqual([status, body.guid], [200, guid]);
        assert.equal(world.row('devices', 'hostname', device.hostname)?.guid, guid);
        assert.equal((await script(body.access_token)).status, 200);
      });
  });

  describe('F4: the last use of a code', () => {
    it('lets in one device; whoever comes later has expired, and hears so again', async () => {
      const code = world.addCode(2);
      const [first, second, late] = [enrollingDevice(), enrollingDevice(), enrollingDevice()];
      for (const device of [first, second, late]) assert.equal((await device.request(world.base, code)).status, 200);
      for (const device of [first, second, late]) world.approve(device);
      assert.equal((await first.poll(world.base)).body.status, 'approved');
      assert.equal((await second.poll(world.base)).body.status, 'approved');
      for (let n = 0; n < 2; n += 1) {
        const { status, body } = await late.poll(world.base);
        assert.deepEqual([status, body], [200, { status: 'expired' }]);
      }
      assert.equal(approvalOf(late.reference())?.status, 'expired');
      assert.equal(world.row('devices', 'hostname', late.hostname), undefined);
      assert.equal(world.row('enrollment_install_codes', 'code', code)?.use_count, 2);
      const again = await late.request(world.base, code);
      assert.deepEqual([again.status, again.body], [400, { error: 'invalid_enrollment_code' }]);
    });

    it('lets one in when all poll at once', async () => {
      const code = world.addCode(1);
      const devices = Array.from({ length: 8 }, () => enrollingDevice());
      for (const device of devices) await device.request(world.base, code);
      for (const device of devices) world.approve(device);
      const answers = await Promise.all(devices.map((device) => device.poll(world.base)));
      assert.deepEqual(answers.map(({ body }) => body.status).sort(), ['approved', ...Array(7).fill('expired')]);
      assert.equal(world.row('enrollment_install_codes', 'code', code)?.use_count, 1);
    });

    it('a code that was deleted lets in as many of those who had asked as it had uses, and no more', async () => {
      const code = world.addCode(3);
      const devices = Array.from({ length: 4 }, () => enrollingDevice());
      for (const device of devices) await device.request(world.base, code);
      world.db.prepare('DELETE FROM enrollment_install_codes WHERE code = ?').run(code);
      for (const device of devices) world.approve(device);
      const heard = [];
      for (const device of devices) heard.push((await device.poll(world.base)).body.status);
      assert.deepEqual(heard, ['approved', 'approved', 'approved', 'expired']);
      // The copy counts as the legacy counts it.
      const copy = world.row('enrollment_install_codes_persistent', 'code', code);
      assert.deepEqual([copy?.last_known_use_count, copy?.is_active], [1, 0]);
    });

    it('one whose copy is gone too lets in one', async () => {
      const code = world.addCode(3);
      const [first, late] = [enrollingDevice(), enrollingDevice()];
      for (const device of [first, late]) await device.request(world.base, code);
      for (const table of ['enrollment_install_codes', 'enrollment_install_codes_persistent'])
        world.db.prepare(`DELETE FROM ${table} WHERE code = ?`).run(code);
      for (const device of [first, late]) world.approve(device);
      assert.equal((await first.poll(world.base)).body.status, 'approved');
      assert.equal((await late.poll(world.base)).body.status, 'expired');
    });

    it('serves a device that is in already, by the key that it has', async () => {
      const code = world.addCode(1);
      const device = enrollingDevice();
      const { guid } = (await world.enrol(device, code)).body;
      const again = await world.enrol(device, code);
      assert.deepEqual([again.body.status, again.body.guid], ['approved', guid]);
    });
  });

  describe('F6: a row in lower case', () => {
    it('takes the spelling of the tokens, and the new key locks the old one out', async () => {
      const guid = newGuid();
      const lower = guid.toLowerCase();
      const old = enrollingDevice();
      const device = enrollingDevice({ hostname: old.hostname });
      world.addDevice({ guid: lower, hostname: old.hostname, ssl_key_fingerprint: old.fingerprint, token_version: 3 });
      world.db
        .prepare("INSERT INTO refresh_tokens (id, guid, token_hash, created_at, expires_at) VALUES (?, ?, ?, 'x', ?)")
        .run(randomUUID(), lower, 'h', FUTURE);
      const { body } = await world.enrol(device, world.addCode(), guid);
      assert.equal(body.guid, guid);
      const row = world.row('devices', 'guid', guid);
      assert.deepEqual([row?.ssl_key_fingerprint, row?.token_version], [device.fingerprint, 4]);
      assert.equal(world.row('devices', 'guid', lower), undefined);
      assert.notEqual(world.row('refresh_tokens', 'guid', lower)?.revoked_at, null);
      assert.equal((await script(body.access_token)).status, 200);
      assert.equal((await refresh({ guid, refresh_token: body.refresh_token })).status, 200);
      const rows = world.db.prepare('SELECT COUNT(*) AS n FROM devices WHERE UPPER(guid) = ?').get(guid);
      assert.deepEqual(rows, { n: 1 });
    });
  });

  describe('F7: another key for a device that an operator shut out', () => {
    const known = (status: string) => {
      const guid = newGuid();
      const device = enrollingDevice();
      world.addDevice({ guid, hostname: device.hostname, ssl_key_fingerprint: OLD_KEY, token_version: 2, status });
      return { guid, device };
    };

    it('a revoked one stays revoked, and hears what it can live with', async () => {
      const { guid, device } = known('revoked');
      const { status, body } = await world.enrol(device, world.addCode(), guid);
      assert.deepEqual([status, body.status], [200, 'approved']);
      assert.deepEqual(
        [world.row('devices', 'guid', guid)?.status, world.row('devices', 'guid', guid)?.token_version],
        ['revoked', 3],
      );
      // 403 with another word than fingerprint_mismatch: an agent keeps its tokens and goes on asking.
      assert.deepEqual(await script(body.access_token), { status: 403, body: { error: 'device_revoked' } });
      const refreshed = await refresh({ guid, refresh_token: body.refresh_token });
      assert.deepEqual([refreshed.status, refreshed.body], [403, { error: 'device_revoked' }]);
      world.db.prepare("UPDATE devices SET status = 'active' WHERE guid = ?").run(guid);
      assert.equal((await script(body.access_token)).status, 200);
    });

    it('a quarantined one stays in quarantine', async () => {
      const { guid, device } = known('quarantined');
      const { body } = await world.enrol(device, world.addCode(), guid);
      const answer = await script(body.access_token);
      assert.deepEqual([answer.status, answer.body.status], [200, 'quarantined']);
    });

    it('one whose row was deleted comes back as it was', async () => {
      const { guid, device } = known('revoked');
      world.db.prepare('DELETE FROM devices WHERE guid = ?').run(guid);
      await world.enrol(device, world.addCode(), guid);
      assert.equal(world.row('devices', 'guid', guid)?.status, 'revoked');
    });

    it('one whose version is no number gets 2, since its tokens are of the old key', async () => {
      const { guid, device } = known('active');
      world.db.prepare("UPDATE devices SET token_version = 'abc' WHERE guid = ?").run(guid);
      const { body } = await world.enrol(device, world.addCode(), guid);
      assert.equal(world.row('devices', 'guid', guid)?.token_version, 2);
      assert.equal((await script(body.access_token)).status, 200);
    });

    it('an active one stays active', async () => {
      const { guid, device } = known('active');
      await world.enrol(device, world.addCode(), guid);
      assert.equal(world.row('devices', 'guid', guid)?.status, 'active');
    });
  });

  describe('F13: a finish that fails', () => {
    it('gives its proof back, so that the device gets its tokens once the cause is gone', async () => {
      const guid = newGuid();
      const device = enrollingDevice();
      const fingerprint = device.fingerprint;
      world.addDevice({ guid, hostname: device.hostname, ssl_key_fingerprint: fingerprint, token_version: 'abc' });
      await device.request(world.base, world.addCode());
      world.approve(device, guid);
      const before = world.state();
      for (let n = 0; n < 2; n += 1) {
        const { status, body } = await device.poll(world.base);
        assert.deepEqual([status, body.error], [400, 'device_invalid']);
      }
      assert.equal(world.state(), before);
      world.db.prepare('UPDATE devices SET token_version = 1 WHERE guid = ?').run(guid);
      assert.equal((await device.poll(world.base)).body.status, 'approved');
    });

    it('a proof answers once, however many bring it at the same time', async () => {
      const device = enrollingDevice();
      await device.request(world.base, world.addCode());
      world.approve(device);
      const answers = await Promise.all(Array.from({ length: 10 }, () => device.poll(world.base)));
      const granted = answers.filter(({ body }) => body.access_token !== undefined);
      assert.equal(granted.length, 1);
      for (const { status, body } of answers)
        if (body.access_token === undefined)
          assert.ok(body.detail === 'finalized' || (status === 409 && body.error === 'proof_replayed'));
    });
  });

  it('a database without any row answers as a fresh legacy does', async () => {
    const empty = await startEngineProcess();
    try {
      const device = enrollingDevice();
      const asked = await device.request(empty.address, 'SOME-CODE');
      assert.deepEqual([asked.status, asked.body], [400, { error: 'invalid_enrollment_code' }]);
      const polled = await device.poll(empty.address, { approval_reference: 'x', client_nonce: '', proof_sig: '' });
      assert.deepEqual([polled.status, polled.body], [404, { status: 'unknown' }]);
    } finally {
      await empty.stop();
    }
  });

  it('limits tell the pause in body and header', async () => {
    const device = enrollingDevice({ address: '10.201.0.1' });
    let answer: EnrollmentAnswer | undefined;
    for (let n = 0; n < 13; n += 1)
      answer = await postJson(
        `${world.base}${REQUEST}`,
        { hostname: 'PC', enrollment_code: 'X', agent_pubkey: device.publicKey, client_nonce: 'A'.repeat(24) },
        `10.201.1.${n}`,
      );
    assert.equal(answer?.status, 429);
    const pause = Number(answer?.body.retry_after);
    assert.ok(pause > 50 && pause <= 60);
    assert.deepEqual(Object.keys(answer?.body ?? {}).sort(), ['error', 'retry_after']);
    assert.equal(answer?.headers['retry-after'], String(Math.floor(pause)));
  });

  it('hostnames that are taken get a suffix, and the guid when all are', async () => {
    const taken = `TAKEN-${randomUUID()}`;
    world.addDevice({ guid: newGuid(), hostname: taken });
    const second = enrollingDevice({ hostname: taken });
    await world.enrol(second, world.addCode());
    assert.ok(world.row('devices', 'hostname', `${taken}-1`));
    for (let n = 2; n <= 49; n += 1) world.addDevice({ guid: newGuid(), hostname: `${taken}-${n}` });
    const { guid } = (await world.enrol(enrollingDevice({ hostname: taken }), world.addCode())).body;
    assert.equal(world.row('devices', 'guid', String(guid))?.hostname, guid);
  });

  it('no code, key, nonce, proof or token is in the log', async () => {
    const code = world.addCode();
    const device = enrollingDevice();
    const { body } = await world.enrol(device, code);
    await device.request(world.base, 'WRONG-CODE-OF-SOME-LENGTH');
    await device.poll(world.base, { proof_sig: 'A'.repeat(88) });
    await world.engine.logged(/request-refused .*code=invalid_proof/);
    await world.engine.logged(new RegExp(`enrollment-request .*host=${device.hostname} code_mask=WRO\\*\\*\\*GTH`));
    const log = await world.engine.logText();
    const { client_nonce, proof_sig } = device.proof();
    const secrets = [code, device.publicKey, client_nonce, proof_sig, body.access_token, body.refresh_token];
    for (const secret of secrets) assert.ok(!log.includes(String(secret)), String(secret));
    assert.match(log, new RegExp(`enrollment-finished guid=${body.guid}`));
    assert.equal(world.engine.errors().includes(code), false);
  });

  it('what a stranger names himself stays within its field of the log', async () => {
    const device = enrollingDevice({ hostname: 'PC code_mask=*** ip=1.2.3.4\u2028x' });
    await device.request(world.base, world.addCode());
    await world.engine.logged(/host="PC code_mask=\*\*\* ip=1\.2\.3\.4\\u2028x" code_mask=/);
  });

  describe('while it is unsure it says 503, and has written nothing', () => {
    it('the database is busy', async () => {
      const busy = await startEnrollmentWorld({ BOREALIS_ENGINE_BUSY_DEADLINE_MS: '50' });
      try {
        const code = busy.addCode();
        const device = enrollingDevice();
        await device.request(busy.base, code);
        busy.approve(device);
        const before = busy.state();
        const other = new Database(busy.engine.databaseFile);
        other.exec('BEGIN IMMEDIATE');
        const answers = [await enrollingDevice().request(busy.base, code), await device.poll(busy.base)];
        other.exec('ROLLBACK');
        other.close();
        for (const { status, body, headers } of answers) {
          assert.deepEqual([status, body.error], [503, 'database_busy']);
          assert.ok(Number(headers['retry-after']) >= 1);
        }
        assert.equal(busy.state(), before);
        assert.equal((await device.poll(busy.base)).body.status, 'approved');
      } finally {
        await busy.stop();
      }
    });

    it('the signing key is not the one on disk, is broken, or is gone', async () => {
      const keyFile = join(world.root, 'Server', 'Borealis', 'auth_keys', 'borealis-jwt-ed25519.key');
      const key = await readFile(keyFile, 'utf8');
      const code = world.addCode();
      const device = enrollingDevice();
      await device.request(world.base, code);
      world.approve(device);
      const scriptKey = join(world.root, 'Certificates', 'Server', 'Code-Signing', 'borealis-script-ed25519.key');
      const other = await readFile(scriptKey, 'utf8');
      const before = world.state();
      for (const replace of [
        () => writeFile(keyFile, other),
        () => writeFile(keyFile, 'broken'),
        () => rename(keyFile, `${keyFile}.gone`),
      ]) {
        await replace();
        // The engine looks at the file's identity once a second.
        await new Promise((resolve) => setTimeout(resolve, 1100));
        for (const answer of [await device.poll(world.base), await enrollingDevice().request(world.base, code)])
          assert.deepEqual([answer.status, answer.body], [503, { error: 'keys_unavailable' }]);
      }
      assert.equal(world.state(), before);
      await writeFile(keyFile, key);
      await chmod(keyFile, 0o600);
      assert.equal((await device.poll(world.base)).body.status, 'approved');
    });
  });
});
