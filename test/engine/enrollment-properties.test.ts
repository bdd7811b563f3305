/** Whatever is sent to the routes of enrolment, the answer is one that is documented: never a fault, never silence. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hasLoneSurrogate } from '../../src/legacy-bridge/values/parse-json.js';
import { postJson } from '../kit/enrolling-device.js';
import { type EnrollmentWorld, enrollingDevice, startEnrollmentWorld } from '../kit/enrollment-world.js';

const REQUEST = '/api/agent/enroll/request';
const POLL = '/api/agent/enroll/poll';
const FIELDS = [
  ...['hostname', 'enrollment_code', 'agent_pubkey', 'client_nonce', 'approval_reference', 'proof_sig'],
  ...['__proto__', 'constructor', ''],
];

/** Texts of any kind: lone surrogates, NUL, base64 and nearly so, very long ones. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.base64String({ maxLength: 60 }),
  fc.constantFrom(' ', '٣', 'A'.repeat(70_000), 'AAAA'.repeat(60_000), '=', 'AAAA====', "'; DROP TABLE devices; --"),
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
const odd = fc.constantFrom(
  '{"hostname":"PC"',
  '{"hostname":1e999,"enrollment_code":"x"}',
  `{"hostname":${'9'.repeat(5000)}}`,
  `{"hostname":${'9'.repeat(4000)},"enrollment_code":${'9'.repeat(4000)}}`,
  `{"hostname":"PC","enrollment_code":${'['.repeat(980)}${']'.repeat(980)}}`,
  '['.repeat(5000),
  '\ufeff{"hostname":"PC"}',
  '{"client_nonce":NaN}',
  '{"a":1,"a":{"b":2}',
);
const anyBody = fc.oneof(
  { weight: 4, arbitrary: value.any.map((any) => Buffer.from(JSON.stringify(any))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: odd.map((sample) => Buffer.from(sample)) },
);
/** Good but for some fields, so that the later checks are reached too. */
const changes = fc.dictionary(fc.constantFrom(...FIELDS), value.any, { maxKeys: 2 });

describe('enrolment: properties', function () {
  this.timeout(120_000);
  let world: EnrollmentWorld;
  let code: string;
  let calls = 0;
  before(async () => {
    world = await startEnrollmentWorld();
    code = world.addCode(10);
  });
  after(() => world.stop());

  const freshAddress = () => {
    calls += 1;
    return `10.${calls >> 16}.${(calls >> 8) & 255}.${calls & 255}`;
  };
  const assertDocumented = (path: string, { status, body }: { status: number; body: Record<string, unknown> }) => {
    const shown = `${path} ${status} ${JSON.stringify(body).slice(0, 300)}`;
    assert.ok([200, 400, 404, 413, 429].includes(status), shown);
    if (status === 404) assert.deepEqual(body, { status: 'unknown' });
    else if (status !== 200) assert.equal(typeof body.error, 'string', shown);
  };

  it('bodies of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(REQUEST, POLL), anyBody, async (path, body) => {
        assertDocumented(path, await postJson(world.base + path, body, freshAddress()));
      }),
      { numRuns: 800 },
    );
  });

  it('requests that are good but for some fields', async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (more) => {
        assertDocumented(REQUEST, await enrollingDevice().request(world.base, code, more));
      }),
      { numRuns: 500 },
    );
  });

  it('polls that are good but for some fields', async () => {
    const device = enrollingDevice();
    await device.request(world.base, code);
    await fc.assert(
      fc.asyncProperty(changes, async (more) => {
        assertDocumented(POLL, await device.poll(world.base, more));
      }),
      { numRuns: 500 },
    );
  });

  it('rows of any kind that a poll finds', async () => {
    const device = enrollingDevice();
    await device.request(world.base, code);
    world.approve(device);
    const column = fc.constantFrom(
      'guid',
      'hostname_claimed',
      'ssl_key_fingerprint_claimed',
      'enrollment_code_id',
      'status',
    );
    const stored = fc.oneof(
      text.filter((sample) => !hasLoneSurrogate(sample)),
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(column, stored, async (name, sample) => {
        // The row is put back afterwards, so that each sample meets an approval that could be finished.
        const before = world.row('device_approvals', 'approval_reference', device.reference()) ?? {};
        const set = world.db.prepare(`UPDATE device_approvals SET ${name} = ? WHERE approval_reference = ?`);
        set.run(sample, device.reference());
        const { status, body } = await device.poll(world.base);
        assert.ok([200, 400, 409].includes(status), `${name} ${status} ${JSON.stringify(body)}`);
        for (const [column, value] of Object.entries(before))
          world.db
            .prepare(`UPDATE device_approvals SET ${column} = ? WHERE approval_reference = ?`)
            .run(value, device.reference());
        await device.request(world.base, code);
        world.approve(device);
      }),
      { numRuns: 150 },
    );
  });

  it('leave a database that is whole', () => {
    assert.deepEqual(world.db.pragma('integrity_check', { simple: true }), 'ok');
  });
});
