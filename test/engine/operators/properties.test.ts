/** Whatever is sent to the routes of operators, the answer is one that is documented: never a fault, never silence. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LEGACY_DEFAULT_SECRET } from '../../../src/legacy-bridge/operators/operator-secret.js';
import { sealSession } from '../../../src/legacy-bridge/operators/session-cookie.js';
import { hasLoneSurrogate, parseJson } from '../../../src/legacy-bridge/values/parse-json.js';
import { isPythonObject } from '../../../src/legacy-bridge/values/python-value.js';
import { nowSeconds, type OperatorWorld, sealedSession, startOperatorWorld } from '../../kit/operator-world.js';

const FIELDS = [
  ...['username', 'password', 'password_sha512', 'pending_token', 'code', 'ttl_hours', 'max_uses', 'allowed_uses'],
  ...['guid', 'conflict_resolution', '__proto__', 'constructor', ''],
];
const PENDING_FIELDS = ['username', 'token', 'stage', 'expires', 'secret', 'role'];
/** 405: an id with a slash in it is another path. */
const DOCUMENTED: ReadonlySet<number> = new Set([200, 400, 401, 403, 404, 405, 409, 413]);

/** Texts of any kind: lone surrogates, NUL, numerals of other scripts, nearly right ones, very long ones. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('admin', 'Password', ' ', '٣٣٣٣٣٣', '１２３４５６', 'overwrite', 'coexist', 'setup', 't', '!!!!'),
  fc.constantFrom('a'.repeat(70_000), '9'.repeat(5000), "'; DROP TABLE users; --"),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.oneof(fc.integer(), fc.double(), fc.constantFrom(2 ** 53, 1e308)),
    fc.constantFrom(null, true, false),
    fc.array(tie('any'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), text), tie('any'), { maxKeys: 6 }),
}));
const body = fc.oneof(
  { weight: 6, arbitrary: value.object.map((object) => Buffer.from(JSON.stringify(object))) },
  { weight: 2, arbitrary: value.any.map((any) => Buffer.from(JSON.stringify(any))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        '{"username":"admin","password":1e999}',
        `{"ttl_hours":${'9'.repeat(5000)}}`,
        '{"ttl_hours":NaN,"max_uses":Infinity}',
        `{"max_uses":${'9'.repeat(4000)}}`,
        `{"username":"admin","password":${'['.repeat(980)}${']'.repeat(980)}}`,
        '['.repeat(5000),
        '\ufeff{"username":"admin","password":"x"}',
        '{"a":1,"a":{"b":2}',
      ].map((sample) => Buffer.from(sample)),
    ),
  },
);
const contentType = fc.constantFrom('application/json', 'application/x+json; charset=x', 'text/plain', '');
const path = fc.oneof(
  fc.constantFrom(
    ...['/api/auth/login', '/api/auth/mfa/verify', '/api/auth/logout', '/api/admin/enrollment-codes'],
    ...['/api/admin/device-approvals/one/approve', '/api/admin/device-approvals/one/deny'],
  ),
  text
    .filter((id) => !hasLoneSurrogate(id) && id.length < 1000)
    .map((id) => `/api/admin/device-approvals/${encodeURIComponent(id)}/approve`),
);
/** What a header may hold. */
const headerText = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .map((code) => (code === 0x7f ? 0x20 : code))
    .map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
/** Sessions that are sealed rightly, whatever is in them. */
const session = fc
  .dictionary(fc.oneof(fc.constantFrom('username', 'role', 'mfa_pending'), text), value.any, { maxKeys: 4 })
  .map((keys) => sealed(keys));
const pending = fc
  .dictionary(fc.constantFrom(...PENDING_FIELDS), value.any, { maxKeys: 6 })
  .map((facts) => sealed({ mfa_pending: { username: 'admin', token: 't', expires: nowSeconds() + 100, ...facts } }));
const caller = fc.oneof(
  fc.constant(sealedSession({ username: 'admin', role: 'Admin' })),
  session.map((cookie) => ({ cookie })),
  pending.map((cookie) => ({ cookie })),
  headerText.map((cookie) => ({ cookie })),
  headerText.map((rest) => ({ authorization: `Bearer ${rest}` })),
);

/** Headers hold 16 kB; longer sessions are cut, and verify no more. */
function sealed(keys: unknown): string {
  const parsed = parseJson(Buffer.from(JSON.stringify(keys)));
  if (!isPythonObject(parsed)) throw new TypeError('no object');
  return `session=${sealSession(parsed, LEGACY_DEFAULT_SECRET, nowSeconds())}`.slice(0, 8000);
}

describe("operators' routes: properties", function () {
  this.timeout(120_000);
  let world: OperatorWorld;
  let calls = 0;
  before(async () => {
    world = await startOperatorWorld();
  });
  after(() => world.stop());

  it('any body from any caller is answered as documented', async () => {
    await fc.assert(
      fc.asyncProperty(path, body, caller, contentType, async (target, sent, proof, type) => {
        calls += 1;
        const headers = {
          ...proof,
          ...(type === '' ? {} : { 'content-type': type }),
          // Limits of attempts are another test's.
          'x-forwarded-for': `10.${(calls >> 16) & 255}.${(calls >> 8) & 255}.${calls & 255}`,
        };
        const answer = await world.call('POST', target, { body: sent, headers });
        assert.ok(DOCUMENTED.has(answer.status), `${target}: ${answer.status} ${JSON.stringify(answer.body)}`);
        if (answer.status >= 400 && answer.body.text === undefined)
          assert.equal(typeof answer.body.error, 'string', JSON.stringify(answer.body));
      }),
      { numRuns: 1500 },
    );
  });

  it('any query of the lists is answered as documented', async () => {
    const headers = sealedSession({ username: 'admin', role: 'Admin' });
    await fc.assert(
      fc.asyncProperty(fc.webQueryParameters(), fc.constantFrom('codes', 'approvals'), async (query, which) => {
        const base = which === 'codes' ? '/api/admin/enrollment-codes' : '/api/admin/device-approvals';
        const { status, body: listed } = await world.call('GET', `${base}?status=${query}`, { headers });
        assert.equal(status, 200);
        assert.ok(Array.isArray(listed[which]));
      }),
      { numRuns: 200 },
    );
  });

  it('any row that the legacy may have left is answered as documented', async () => {
    const admin = sealedSession({ username: 'admin', role: 'Admin' });
    const login = { username: 'admin', password: 'Password' };
    world.db.exec(`
      INSERT INTO enrollment_install_codes (id, code, expires_at, max_uses, use_count) VALUES ('c', 'X', '2099-01-01', 2, 0);
      INSERT INTO device_approvals (id, approval_reference, guid, hostname_claimed, ssl_key_fingerprint_claimed,
        enrollment_code_id, status, client_nonce, server_nonce, agent_pubkey_der, created_at, updated_at)
      VALUES ('one', 'ref', NULL, 'PC', 'ab', 'c', 'pending', 'n', 's', X'00', '2025', '2025')`);
    const tables = {
      users: ['display_name', 'role', 'password_sha512', 'last_login', 'mfa_enabled', 'mfa_secret'],
      enrollment_install_codes: ['code', 'expires_at', 'created_by_user_id', 'used_by_guid', 'max_uses', 'use_count'],
      device_approvals: ['guid', 'hostname_claimed', 'ssl_key_fingerprint_claimed', 'status', 'approved_by_user_id'],
    };
    const column = fc.oneof(
      ...Object.entries(tables).map(([table, names]) =>
        fc.constantFrom(...names.map((name) => [table, name] as const)),
      ),
    );
    const stored = fc.oneof(
      text.filter((sample) => !hasLoneSurrogate(sample)),
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      fc.constant(null),
    );
    const asked = fc.constantFrom(
      ...(['/api/auth/me', '/api/admin/enrollment-codes?status=active', '/api/admin/device-approvals'] as const).map(
        (target) => ['GET', target, undefined] as const,
      ),
      ['POST', '/api/auth/login', login] as const,
      ['POST', '/api/admin/device-approvals/one/approve', {}] as const,
      ['POST', '/api/admin/device-approvals/one/deny', {}] as const,
      ['DELETE', '/api/admin/enrollment-codes/nobody', undefined] as const,
    );
    await fc.assert(
      fc.asyncProperty(column, stored, asked, async ([table, name], sample, [method, target, sent]) => {
        calls += 1;
        const { was } = world.db.prepare(`SELECT ${name} AS was FROM ${table}`).get() as { was: unknown };
        const set = world.db.prepare(`UPDATE ${table} SET ${name} = ?`);
        try {
          set.run(sample);
        } catch (error) {
          if (String(error).includes('constraint failed')) return;
          throw error;
        }
        const address = `10.99.${(calls >> 8) & 255}.${calls & 255}`;
        const headers = { ...admin, 'content-type': 'application/json', 'x-forwarded-for': address };
        const answer = await world.call(method, target, { headers, body: sent });
        set.run(was);
        world.db.exec("UPDATE device_approvals SET status = 'pending', guid = NULL, approved_by_user_id = NULL");
        const shown = `${target} ${table}.${name} = ${JSON.stringify(sample)}: ${answer.status}`;
        assert.ok([200, 400, 401, 403, 404, 409, 429].includes(answer.status), shown);
      }),
      { numRuns: 500 },
    );
  });

  it('left the engine well, its database unlocked, and no fault in its log', async () => {
    assert.equal((await world.call('GET', '/health')).status, 200);
    world.db.exec('BEGIN IMMEDIATE; ROLLBACK');
    const login = { body: { username: 'admin', password: 'Password' }, headers: { 'x-forwarded-for': '10.255.0.1' } };
    const last = await world.call('POST', '/api/auth/login', login);
    assert.ok([200, 429].includes(last.status));
    assert.doesNotMatch(await world.engine.logText(), /request-failed/);
  });
});
