/** Whatever is sent to the routes of devices, the answer is one that is documented: never a fault, never silence. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type DeviceWorld, startDeviceWorld } from '../kit/device-world.js';

const ROUTES = [
  '/api/agent/script/request',
  '/api/agent/heartbeat',
  '/api/agent/details',
  '/api/agent/checkin',
  '/api/agent/service-account/rotate',
  '/api/agent/hash',
] as const;

/** 429 comes of the number of calls and is kept away by many keys. */
const DOCUMENTED: ReadonlySet<number> = new Set([200, 400, 401, 403, 404, 413]);
const FIELDS = [
  ...['hostname', 'agent_id', 'agent_hash', 'agent_guid', 'username', 'details', 'inventory', 'metrics', 'external_ip'],
  ...['summary', 'memory', 'cpu', 'software', 'last_user', 'operating_system', 'uptime', 'uptime_sec', 'last_seen'],
  ...['domain', 'device_type', 'connection_endpoint', 'guid', '__proto__', 'constructor', ''],
];

/** Texts of any kind: lone surrogates, NUL, numerals of other scripts, other devices' names, very long ones. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('PC', 'OTHER', 'unknown', ' ', '٣', '1e400', '-0', 'a'.repeat(70_000), "'; DROP TABLE devices; --"),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    tie('number'),
    tie('word'),
    tie('list'),
    tie('object'),
  ),
  number: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(2 ** 53, 1e308)),
  word: fc.constantFrom(null, true, false),
  list: fc.array(tie('any'), { maxLength: 4 }),
  object: fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), text), tie('any'), { maxKeys: 6 }),
}));
/** JSON of Python's kind too: its words, numbers without end, and what is no JSON at all. */
const body = fc.oneof(
  { weight: 6, arbitrary: value.object.map((object) => Buffer.from(JSON.stringify(object))) },
  { weight: 2, arbitrary: value.any.map((any) => Buffer.from(JSON.stringify(any))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        '{"metrics":{"uptime":1e999}}',
        `{"metrics":{"uptime":${'9'.repeat(5000)}}}`,
        '{"hostname":"PC","details":{"summary":{"uptime_sec":Infinity,"last_seen":NaN}}}',
        `{"hostname":"PC","details":{"memory":${'['.repeat(980)}${']'.repeat(980)}}}`,
        `{"inventory":{"cpu":${'{"a":'.repeat(980)}1${'}'.repeat(980)}}}`,
        `${'['.repeat(5000)}`,
        '\ufeff{"hostname":"PC"}',
        '{"a":1,"a":{"b":2}',
      ].map((sample) => Buffer.from(sample)),
    ),
  },
);
const contentType = fc.constantFrom(
  'application/json',
  'application/json; charset=x',
  'application/x+json',
  'text/plain',
  '',
);
const authorization = fc.oneof(
  fc.constantFrom('Bearer ', 'bearer x', 'Bearer a.b.c', 'Basic YTpi', 'Bearer eyJhbGciOiJub25lIn0.e30.'),
  fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
);

describe('device routes: properties', function () {
  this.timeout(120_000);
  let world: DeviceWorld;
  let calls = 0;

  before(async () => {
    world = await startDeviceWorld();
    world.addDevice({
      guid: 'AAAAAAAA-CCCC-4DDD-8EEE-000000000009',
      hostname: 'OTHER',
      ssl_key_fingerprint: 'cd'.repeat(32),
    });
    // Any key may call for this device, so that the limit of one key does not get in the way.
    world.sql("UPDATE devices SET ssl_key_fingerprint = NULL WHERE hostname = 'PC'");
  });
  after(() => world.stop());

  const tokenOfFreshKey = () => {
    calls += 1;
    world.sql('UPDATE devices SET ssl_key_fingerprint = NULL');
    return world.token({ fingerprint: String(Math.floor(calls / 50)).padStart(64, '0') });
  };

  it('bodies of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ROUTES), body, contentType, async (path, sent, type) => {
        const token = await tokenOfFreshKey();
        const answer = await world.call(path, { body: sent, token, headers: { 'content-type': type } });
        assert.ok(DOCUMENTED.has(answer.status), `${path} ${answer.status} ${JSON.stringify(answer.body)}`);
        if (answer.status >= 400) assert.equal(typeof answer.body.error, 'string');
        assert.notEqual(answer.status, 401);
      }),
      { numRuns: 1500 },
    );
  });

  it('headers of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ROUTES.slice(0, 5)),
        authorization,
        authorization,
        async (path, auth, dpop) => {
          const bad = await world.call(path, { token: null, headers: { authorization: auth, dpop } });
          assert.equal(bad.status, 401, auth);
          const token = await tokenOfFreshKey();
          const wrong = await world.call(path, { token, headers: { dpop } });
          assert.deepEqual(
            [wrong.status, wrong.body],
            dpop === '' ? [wrong.status, wrong.body] : [400, { error: 'dpop_invalid' }],
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('queries of any kind', async () => {
    const part = fc.oneof(
      text.map((raw) => encodeURIComponent(raw.replace(/\p{Surrogate}/gu, ''))),
      fc.constantFrom('%', '%ff', '%00', '+'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('agent_guid', 'agent_id', 'id', 'x'), part)),
        async (fields) => {
          const query = fields
            .map(([name, item]) => `${name}=${item.slice(0, 3000)}`)
            .join('&')
            .slice(0, 8000);
          const { status } = await world.call(`/api/agent/hash?${query}`, { method: 'GET', token: null });
          assert.ok([200, 404].includes(status), `${status} ${query}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leave a sound database and no fault in the log', async () => {
    assert.deepEqual(world.sql('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
    assert.doesNotMatch(await world.engine.logText(), /request-failed/);
  });
});
