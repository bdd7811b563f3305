import { deepEqual, equal } from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { ComparisonInput } from '../../../src/facade/comparing/comparison.js';
import type { Effects } from '../../../src/legacy-bridge/effects/effects.js';
import { AT, answer, compare, inserted, told, updated, write } from '../../kit/comparison-input.js';

const NOW = Math.floor(AT / 1000);
const iso = (ms: number): string => new Date(ms).toISOString().replace('Z', '000+00:00');
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const REFERENCE = randomUUID();
const DEVICE = { guid: 'G-1', hostname: 'A', last_seen: NOW - 60, status: 'active' };

/** What a side does when it finalises an enrolment: an answer, a token, rows, an event. All that is random is its own. */
interface Work {
  status: number;
  body: Record<string, unknown>;
  claims: Record<string, unknown>;
  device: Record<string, string | number>;
  rows: Effects['rows'][number][];
  events: { event: string; room: string | null; payload: unknown }[];
}

function honestWork(at: number): Work {
  const refresh = randomBytes(48).toString('base64url');
  const id = randomUUID();
  return {
    status: 200,
    body: {
      status: 'approved',
      refresh_token: refresh,
      expires_in: 900,
      steps: ['one', 'two', 'three'],
      trust: { ok: true, level: 2 },
    },
    claims: { sub: 'device:G-1', guid: 'G-1', token_version: 1, iat: NOW, nbf: NOW, exp: NOW + 900 },
    device: { ...DEVICE, last_seen: NOW },
    rows: [
      inserted(
        'refresh_tokens',
        {
          id,
          guid: 'G-1',
          token_hash: createHash('sha256').update(refresh).digest('hex'),
          created_at: iso(at),
          expires_at: iso(at + 2_592_000_000),
        },
        5,
      ),
      updated(
        'device_approvals',
        { id: REFERENCE, status: 'approved' },
        { status: 'completed', updated_at: iso(at) },
        2,
      ),
    ],
    events: [{ event: 'device_enrolled', room: null, payload: { guid: 'G-1', names: ['a'] } }],
  };
}

function compared(fault: (engine: Work) => void) {
  const [engine, legacy] = [honestWork(AT + 3), honestWork(AT + 14)];
  fault(engine);
  const input: ComparisonInput = write({
    answers: [answerOf(legacy), answerOf(engine)],
    legacy: effectsOf(legacy),
    engine: effectsOf(engine),
    request: { target: `/api/agent/enroll/poll?reference=${REFERENCE}` },
  });
  return compare(input);
}

function answerOf({ status, body, claims }: Work) {
  const signed = `${part({ alg: 'EdDSA', typ: 'JWT' })}.${part(claims)}`;
  return answer(
    { ...body, access_token: `${signed}.${createHash('sha512').update(signed).digest('base64url')}` },
    { status },
  );
}

function effectsOf({ rows, device, events }: Work) {
  return { rows: [...rows, updated('devices', DEVICE, device)], events };
}

const FAULTS: readonly { name: string; plant: (work: Work) => void; expected: string[] }[] = [
  {
    name: 'a wrong status',
    plant: (work) => {
      work.status = 201;
    },
    expected: ['status status'],
  },
  { name: 'a dropped field', plant: (work) => delete work.body.expires_in, expected: ['missing body.expires_in'] },
  {
    name: 'a changed type',
    plant: (work) => {
      work.body.expires_in = '900';
    },
    expected: ['type body.expires_in'],
  },
  {
    name: 'a reordered list',
    plant: (work) => {
      work.body.steps = ['two', 'one', 'three'];
    },
    expected: ['order body.steps'],
  },
  { name: 'a forgotten row', plant: (work) => work.rows.shift(), expected: [`missing rows.refresh_tokens`] },
  {
    name: 'an extra row',
    plant: (work) => work.rows.push(inserted('sites', { id: 1, name: 'x' })),
    expected: ['extra rows.sites[name=x]'],
  },
  {
    name: 'a wrong column',
    plant: (work) => {
      work.device = { ...DEVICE, status: 'seen' };
    },
    expected: ['missing rows.devices[guid=G-1].last_seen', 'extra rows.devices[guid=G-1].status'],
  },
  { name: 'a missing event', plant: (work) => work.events.pop(), expected: ['missing events.device_enrolled[0]'] },
  {
    name: 'a doubled event',
    plant: (work) => work.events.push(...work.events),
    expected: ['doubled events.device_enrolled[1]'],
  },
  {
    name: 'a timestamp that is off by one second',
    plant: (work) => {
      work.device.last_seen = NOW + 1;
    },
    expected: ['value rows.devices[guid=G-1].last_seen'],
  },
  {
    name: 'a deadline that is off by one second',
    plant: (work) => {
      const [row] = work.rows;
      work.rows[0] = inserted('refresh_tokens', { ...row?.after, expires_at: iso(AT + 2_592_001_000) }, 5);
    },
    expected: ['value rows.refresh_tokens'],
  },
  {
    name: 'a timestamp in milliseconds',
    plant: (work) => {
      work.device.last_seen = NOW * 1000;
    },
    expected: ['value rows.devices[guid=G-1].last_seen'],
  },
  {
    name: 'a token with a wrong claim',
    plant: (work) => {
      work.claims.guid = 'G-2';
    },
    expected: ['value body.access_token.claims.guid'],
  },
  {
    name: 'a token that lives too long',
    plant: (work) => {
      work.claims.exp = NOW + 901;
    },
    expected: ['value body.access_token.claims.exp'],
  },
  {
    name: 'a leaked secret',
    plant: (work) => {
      work.body.debug = randomBytes(48).toString('base64url');
    },
    expected: ['extra body.debug'],
  },
  {
    name: "somebody else's id",
    plant: (work) => {
      work.rows[1] = updated('device_approvals', { id: randomUUID(), status: 'approved' }, { status: 'completed' }, 3);
    },
    expected: ['missing rows.device_approvals', 'missing rows.device_approvals', 'extra rows.device_approvals'],
  },
  {
    name: 'a hash that is not of the token',
    plant: (work) => {
      const [row] = work.rows;
      work.rows[0] = inserted('refresh_tokens', { ...row?.after, token_hash: randomBytes(32).toString('hex') }, 5);
    },
    expected: ['value rows.refresh_tokens'],
  },
];

describe('planted faults', () => {
  it('are none in honest work, and what is equivalent is told', () => {
    for (let run = 0; run < 300; run += 1) {
      const result = compared(() => undefined);
      deepEqual(told(result), []);
      equal(result.verdict, 'match');
      equal(result.used.length > 0, true);
    }
  });

  for (const { name, plant, expected } of FAULTS)
    it(`${name} is found and named`, () => {
      const result = compared(plant);
      equal(result.verdict, 'mismatch');
      deepEqual(
        told(result).map((line, at) => line.slice(0, expected[at]?.length)),
        expected,
      );
    });
});
