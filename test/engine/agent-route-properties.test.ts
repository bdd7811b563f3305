/**
 * Whatever is sent to the refresh of tokens and to the open routes of agents, and whatever the rows hold that the legacy left, the
 * answer is one that is documented: never a fault, never silence.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { request } from 'undici';
import { hasLoneSurrogate } from '../../src/legacy-bridge/values/parse-json.js';
import { type DeviceWorld, GUID, startDeviceWorld } from '../kit/device-world.js';

const REFRESH = '/api/agent/token/refresh';
const FIELDS = ['guid', 'refresh_token', 'agent_guid', 'agent_id', 'id', 'agent_hash', '__proto__', 'constructor', ''];
const PATHS = [
  ...['enroll/request', 'enroll/poll', 'token/refresh', 'script/request', 'heartbeat', 'details', 'checkin'],
  ...['service-account/rotate', 'hash', 'hash_list', 'heartbeat/', 'hash/x', 'Heartbeat'],
].map((path) => `/api/agent/${path}`);

/** Texts of any kind: lone surrogates, NUL, numerals of other scripts, nearly right ones, very long ones. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(GUID, GUID.toLowerCase(), `{${GUID}}`, ` ${GUID}\u2003`, 'plain', ' ', '٣', '1e400'),
  fc.constantFrom('a'.repeat(70_000), '-agent', `PC-agent`, "'; DROP TABLE devices; --"),
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
  object: fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), text), tie('any'), { maxKeys: 5 }),
}));
const body = fc.oneof(
  { weight: 5, arbitrary: value.object.map((object) => Buffer.from(JSON.stringify(object))) },
  { weight: 2, arbitrary: value.any.map((any) => Buffer.from(JSON.stringify(any))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        `{"guid":"${GUID}"`,
        `{"guid":${'9'.repeat(5000)},"refresh_token":-0}`,
        `{"guid":NaN,"refresh_token":Infinity}`,
        `{"guid":${'['.repeat(980)}${']'.repeat(980)},"refresh_token":"plain"}`,
        '['.repeat(5000),
        `\ufeff{"guid":"${GUID}","refresh_token":"x"}`,
        '{"a":1,"a":{"b":2}',
      ].map((sample) => Buffer.from(sample)),
    ),
  },
);
const part = fc.base64String({ maxLength: 40 }).map((raw) => raw.replace(/[+/=]/g, '_'));
/** What a header may hold: anything visible, tokens and nearly so. */
const header = fc.oneof(
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code === 0x7f ? 0x7e : code)),
    maxLength: 60,
  }),
  fc.tuple(part, part, part).map((parts) => parts.join('.')),
  fc
    .tuple(value.any, value.any)
    .map((parts) => [...parts.map((raw) => Buffer.from(JSON.stringify(raw)).toString('base64url')), 'AA'].join('.'))
    .filter((token) => token.length < 8000),
  fc.constantFrom('eyJhbGciOiJub25lIn0.e30.', 'eyJhbGciOiJFZERTQSIsImp3ayI6e319.e30.AA', '..', 'a'.repeat(8000)),
);
const stored = fc.oneof(
  text.filter((sample) => !hasLoneSurrogate(sample)),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('{"a":', '[1,{"b":NaN}]', '[]', '"x"', '2030-01-01T00:00:00', '0001-01-01', null),
);

describe('routes of agents: properties', function () {
  this.timeout(120_000);
  let world: DeviceWorld;
  before(async () => {
    world = await startDeviceWorld();
  });
  after(() => world.stop());

  const refresh = (sent: unknown, headers: Record<string, string> = {}) =>
    world.call(REFRESH, { body: sent, token: null, headers });
  const assertOneOf = (statuses: readonly number[], answer: { status: number; body: object }, what: string) => {
    const shown = `${what} ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`;
    assert.ok(statuses.includes(answer.status), shown);
    if (answer.status >= 400) assert.equal(typeof (answer.body as { error?: unknown }).error, 'string', shown);
  };

  it('refreshes with bodies of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (sent) => assertOneOf([200, 400, 401, 413], await refresh(sent), String(sent))),
      { numRuns: 600 },
    );
  });

  it('good refreshes with headers of any kind', async () => {
    const good = { guid: GUID, refresh_token: 'plain' };
    await fc.assert(
      fc.asyncProperty(header, header, async (authorization, dpop) => {
        const answer = await refresh(good, { authorization: `Bearer ${authorization}` });
        // 503: a token that says of itself that it is good, and of another key.
        assertOneOf([200, 503], answer, authorization);
        const proven = await refresh(good, { dpop });
        // Blanks around a header's value are no part of it.
        const sent = dpop.replace(/^[ \t]+|[ \t]+$/g, '');
        if (sent !== '') assert.deepEqual([proven.status, proven.body], [400, { error: 'dpop_invalid' }], dpop);
      }),
      { numRuns: 200 },
    );
  });

  it('refreshes over rows of any kind', async () => {
    const column = fc.constantFrom(
      ...(['token_version', 'status', 'ssl_key_fingerprint'] as const).map((name) => ['devices', name] as const),
      ...(['expires_at', 'revoked_at', 'dpop_jkt', 'last_used_at'] as const).map(
        (name) => ['refresh_tokens', name] as const,
      ),
    );
    await fc.assert(
      fc.asyncProperty(column, stored, async ([table, name], sample) => {
        const restore = world.sql(`SELECT ${name} AS was FROM ${table}`)[0] as { was: string | null };
        if (!stores(table, name, sample)) return;
        const answer = await refresh({ guid: GUID, refresh_token: 'plain' });
        stores(table, name, restore.was);
        assertOneOf([200, 400, 401, 403], answer, `${table}.${name} = ${JSON.stringify(sample)}`);
      }),
      { numRuns: 300 },
    );
  });

  /** @returns false for what the table refuses to hold */
  function stores(table: string, name: string, sample: string | number | Buffer | null): boolean {
    try {
      world.sql(`UPDATE ${table} SET ${name} = ?`, sample);
      return true;
    } catch (error) {
      if (String(error).includes('constraint failed')) return false;
      throw error;
    }
  }

  it('what devices and strangers call over a device row of any kind', async () => {
    const columns = world
      .sql("SELECT name FROM pragma_table_info('devices')")
      .map((row) => (row as { name: string }).name);
    const column = fc.constantFrom(...columns.filter((name) => name !== 'guid'));
    let made = 0;
    const calls = [
      ['POST', '/api/agent/script/request', {}],
      ['POST', '/api/agent/heartbeat', { metrics: { uptime: 1 } }],
      ['POST', '/api/agent/details', { hostname: 'PC', details: { summary: { domain: 'd' }, memory: [{ a: 1 }] } }],
      ['POST', '/api/agent/checkin', { agent_id: 'PC-agent', hostname: 'PC' }],
      ['POST', '/api/agent/hash', { agent_id: 'PC-agent', agent_guid: GUID, agent_hash: 'h' }],
      ['GET', `/api/agent/hash?agent_guid=${GUID}`, undefined],
      ['GET', '/api/agent/hash?agent_id=PC-agent-x', undefined],
      ['GET', '/api/agent/hash_list', undefined],
      ['GET', '/api/agents', undefined],
    ] as const;
    await fc.assert(
      fc.asyncProperty(column, stored, fc.constantFrom(...calls), async (name, sample, [method, path, sent]) => {
        made += 1;
        // A key of its own for each call, so that the limit of one key does not get in the way.
        const token = await world.token({ fingerprint: String(made).padStart(64, '0') });
        world.sql('DELETE FROM devices');
        world.addDevice({ guid: GUID, hostname: 'PC', ssl_key_fingerprint: null });
        if (!stores('devices', name, sample)) return;
        const answer = await world.call(path, { method, token, body: sent });
        assertOneOf([200, 400, 401, 403, 404], answer, `${path} ${name} = ${JSON.stringify(sample)}`);
      }),
      { numRuns: 500 },
    );
  });

  it('the accounts that devices ask for, over rows of any kind', async () => {
    const account = { agent_id: 'PC-agent', username: 'u', hostname: 'PC' };
    const path = fc.constantFrom('/api/agent/checkin', '/api/agent/service-account/rotate');
    const column = fc.constantFrom('username', 'password_encrypted', 'password_hash', 'last_rotated_utc', 'version');
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(path, column, stored, async (asked, name, sample) => {
        calls += 1;
        world.sql('DELETE FROM agent_service_account');
        world.sql('UPDATE devices SET ssl_key_fingerprint = NULL');
        const insert =
          "INSERT INTO agent_service_account (agent_id, username, password_encrypted, last_rotated_utc) VALUES ('PC-agent', 'u', ?, '')";
        world.sql(insert, Buffer.from('plain'));
        if (!stores('agent_service_account', name, sample)) return;
        const token = await world.token({ fingerprint: String(calls).padStart(64, 'f') });
        const answer = await world.call(asked, { token, body: account });
        // 503: a password that is sealed with another key.
        assertOneOf([200, 503], answer, `${asked} ${name} = ${JSON.stringify(sample)}`);
      }),
      { numRuns: 200 },
    );
  });

  it('any method on any path of theirs', async () => {
    const method = fc.constantFrom('GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'POST', 'PROPFIND', 'TRACE');
    const path = fc.oneof(
      fc.constantFrom(...PATHS, '/api/agents'),
      text
        .filter((id) => !hasLoneSurrogate(id) && id.length < 1000)
        .map((id) => `/api/agent/${encodeURIComponent(id)}`),
    );
    await fc.assert(
      fc.asyncProperty(method, path, body, async (wanted, target, sent) => {
        const answer = await request(`${world.engine.address}${target}`, {
          method: wanted as 'POST',
          headers: { 'content-type': 'application/json' },
          ...(['HEAD', 'TRACE'].includes(wanted) ? {} : { body: sent }),
        });
        await answer.body.dump();
        // 308: of two slashes one goes.
        const documented = [200, 308, 400, 401, 404, 405, 413, 429];
        assert.ok(documented.includes(answer.statusCode), `${wanted} ${target} ${answer.statusCode}`);
      }),
      { numRuns: 600 },
    );
  });

  it('leave a sound database and no fault in the log', async () => {
    assert.deepEqual(world.sql('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
    assert.equal((await world.call('/health', { method: 'GET' })).status, 200);
    assert.doesNotMatch(await world.engine.logText(), /request-failed/);
  });
});
