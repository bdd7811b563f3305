import { deepEqual, equal } from 'node:assert/strict';
import type { CapturedAnswer } from '../../../src/facade/comparing/comparison.js';
import { answer, compare, inserted, read, told, updated, write } from '../../kit/comparison-input.js';

const DEVICE = { guid: 'G-1', hostname: 'A', last_seen: 1_759_000_000 };
const OK = answer({ username: 'svc', password: 'x' });
const REFUSED = answer({ error: 'guid_mismatch' }, { status: 403 });

describe('what a process alone remembers of agents', () => {
  const call = (target: string, legacy: CapturedAnswer, engine: CapturedAnswer) =>
    compare(write({ answers: [legacy, engine], request: { target } }));
  const ask = (target: string, legacy: CapturedAnswer, engine: CapturedAnswer) => {
    const input = read(legacy, engine);
    return compare({ ...input, request: { ...input.request, target } });
  };

  it('refuses an agent id at one side and not at the other, which says nothing', () => {
    for (const target of ['/api/agent/checkin', '/api/agent/service-account/rotate'])
      for (const [legacy, engine] of [
        [REFUSED, OK],
        [OK, REFUSED],
      ] as const)
        equal(call(target, legacy, engine).reason, 'remembered', target);
  });

  it('is compared where both refuse', () => {
    equal(call('/api/agent/checkin', REFUSED, REFUSED).verdict, 'match');
    const wordy = answer({ error: 'guid_mismatch', detail: 'x' }, { status: 403 });
    deepEqual(told(call('/api/agent/checkin', REFUSED, wordy)), ['extra body.detail']);
  });

  it('explains no other refusal, and none elsewhere', () => {
    for (const other of [answer({ error: 'forbidden' }, { status: 403 }), answer('guid_mismatch', { status: 403 })])
      equal(call('/api/agent/checkin', OK, other).verdict, 'mismatch');
    equal(call('/api/agent/details', OK, REFUSED).verdict, 'mismatch');
    equal(call('/api/agent/checkin', OK, answer({ error: 'guid_mismatch' }, { status: 400 })).verdict, 'mismatch');
  });

  it('is all that the routes of the registry tell, so that they prove nothing, whether the sides agree or not', () => {
    const [here, there] = [answer({ a: { status: 'online' } }), answer({})];
    for (const target of ['/api/agents', '/api/agent/hash?agent_id=PC-agent', '/api/agent/hash_list']) {
      equal(ask(target, here, there).reason, 'remembered', target);
      equal(ask(target, here, here).reason, 'remembered', target);
    }
    equal(ask('/api/agent_devices', here, there).verdict, 'mismatch');
    equal(call('/api/agent/hash', here, there).verdict, 'mismatch', 'what is reported goes into a row');
  });

  it('is whom a credential may be told, so that a run that nobody is told of has failed at one side', () => {
    const run = (status: string) => ({ rows: [inserted('activity_history', { id: 1, hostname: 'A', status })] });
    const start = (legacy: string, engine: string, target = '/api/ansible/quick_run') =>
      compare(write({ legacy: run(legacy), engine: run(engine), request: { target } }));
    equal(start('Running', 'Failed').reason, 'remembered');
    equal(start('Running', 'Running').verdict, 'match');
    equal(start('Failed', 'Running').verdict, 'mismatch');
    equal(start('Running', 'Pending').verdict, 'mismatch');
    equal(start('Running', 'Failed', '/api/scripts/quick_run').verdict, 'mismatch');
  });

  it('excuses no engine that breaks', () => {
    const broken = answer('oops', { status: 500 });
    deepEqual(told(ask('/api/agents', OK, broken)).at(0), 'status status');
    equal(ask('/api/agents', broken, broken).reason, 'remembered');
  });

  describe('when the agent was heard of', () => {
    const details = (legacy: number, engine: number, target = '/api/agent/details') =>
      compare(
        write({
          legacy: { rows: [updated('devices', DEVICE, { last_seen: legacy })] },
          engine: { rows: [updated('devices', DEVICE, { last_seen: engine })] },
          request: { target },
        }),
      );
    const LATER = 1_700_000_000;

    it('is written into the row by details, and passed by name', () => {
      const { verdict, passed } = details(LATER, LATER - 86_400);
      deepEqual([verdict, passed.map(({ rule }) => rule)], ['match', ['memory']]);
    });

    it('may leave the row as it is at one side', () => {
      const legacy = { rows: [updated('devices', DEVICE, { last_seen: LATER, hostname: 'B' })] };
      const engine = { rows: [updated('devices', DEVICE, { hostname: 'B' })] };
      equal(compare(write({ legacy, engine, request: { target: '/api/agent/details' } })).verdict, 'match');
    });

    it('counts on every other route', () => {
      deepEqual(told(details(LATER, LATER - 86_400, '/api/agent/heartbeat')), [
        'value rows.devices[guid=G-1].last_seen',
      ]);
    });
  });
});
