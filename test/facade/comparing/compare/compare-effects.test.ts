import { deepEqual, equal } from 'node:assert/strict';
import { answer, compare, inserted, passed, read, rules, told, updated, write } from '../../../kit/comparison-input.js';

const DEVICE = {
  guid: 'G-1',
  hostname: 'A',
  last_seen: 1_759_999_000,
  status: 'active',
  network: '[{"a": 1, "b": 2}]',
};
const SEEN = { last_seen: 1_760_000_000 };

describe('comparing rows', () => {
  it('matches equal changes', () => {
    const change = updated('devices', DEVICE, SEEN);
    equal(compare(write({ legacy: { rows: [change] }, engine: { rows: [change] } })).verdict, 'match');
  });

  it('names a forgotten row, column by column', () => {
    const result = compare(write({ legacy: { rows: [updated('devices', DEVICE, { ...SEEN, hostname: 'B' })] } }));
    deepEqual(told(result), ['missing rows.devices[guid=G-1].hostname', 'missing rows.devices[guid=G-1].last_seen']);
  });

  it('names an extra row', () => {
    deepEqual(told(compare(write({ engine: { rows: [inserted('sites', { id: 4, name: 'x' }, 4)] } }))), [
      'extra rows.sites[name=x]',
    ]);
  });

  it('names a wrong column', () => {
    const input = write({
      legacy: { rows: [updated('devices', DEVICE, { hostname: 'B' })] },
      engine: { rows: [updated('devices', DEVICE, { status: 'B' })] },
    });
    deepEqual(told(compare(input)), ['missing rows.devices[guid=G-1].hostname', 'extra rows.devices[guid=G-1].status']);
  });

  it('names a column that was left as it was, even if its value is as far off as the sides worked', () => {
    const row = { ...DEVICE, last_seen: 1_760_086_399 };
    const input = write({
      legacy: { rows: [updated('devices', row, { last_seen: 1_760_086_400, hostname: 'B' })] },
      engine: { rows: [updated('devices', row, { hostname: 'B' })] },
      request: { at: 1_759_999_999_990 },
    });
    deepEqual(told(compare(input)), ['missing rows.devices[guid=G-1].last_seen']);
  });

  it('compares columns that hold JSON by structure', () => {
    const same = write({
      legacy: { rows: [updated('devices', DEVICE, { network: '[{"a": 1, "b": 3}]' })] },
      engine: { rows: [updated('devices', DEVICE, { network: '[{"b":3,"a":1}]' })] },
    });
    equal(compare(same).verdict, 'match');
    const other = write({
      legacy: { rows: [updated('devices', DEVICE, { network: '[{"a": 1, "b": 3}]' })] },
      engine: { rows: [updated('devices', DEVICE, { network: '[{"b":4,"a":1}]' })] },
    });
    deepEqual(told(compare(other)), ['value rows.devices[guid=G-1].network[0].b']);
  });

  it('tells types of columns apart', () => {
    const of = (value: never) => ({ rows: [inserted('sites', { name: 'x', created_at: value })] });
    const differ = (l: unknown, e: unknown) => told(compare(write({ legacy: of(l as never), engine: of(e as never) })));
    deepEqual(differ(1, '1'), ['type rows.sites[name=x].created_at']);
    deepEqual(differ(1, { real: '1.0' }), ['type rows.sites[name=x].created_at']);
    deepEqual(differ({ integer: '9007199254740993' }, { integer: '9007199254740995' }), [
      'value rows.sites[name=x].created_at',
    ]);
    deepEqual(differ('ab', { blob: Buffer.from('ab').toString('base64') }), ['type rows.sites[name=x].created_at']);
    deepEqual(differ({ blob: '/wA=' }, { blob: '/wE=' }), ['value rows.sites[name=x].created_at.blob']);
  });

  it('pairs new rows by natural key, else by likeness', () => {
    const token = (id: string, guid: string) => inserted('refresh_tokens', { id, guid, dpop_jkt: null });
    const [a, b] = ['0b0b7a80-7f1c-4b9e-8d5a-2f1f0a6f9a01', '1c0b7a80-7f1c-4b9e-8d5a-2f1f0a6f9a02'];
    const [c, d] = ['2d0b7a80-7f1c-4b9e-8d5a-2f1f0a6f9a03', '3e0b7a80-7f1c-4b9e-8d5a-2f1f0a6f9a04'];
    const input = write({
      legacy: { rows: [token(a, 'G-1'), token(b, 'G-2')] },
      engine: { rows: [token(c, 'G-2'), token(d, 'G-1')] },
    });
    const result = compare(input);
    equal(result.verdict, 'match');
    deepEqual(result.used, [{ by: 'equivalence', rule: 'uuid', count: 2 }]);
  });

  it('takes a replaced row for an updated one, and an update that changes nothing for none', () => {
    const after = { device_hostname: 'A', site_id: 2 };
    const input = write({
      legacy: {
        rows: [
          { table: 'device_sites', rowId: 1, change: 'delete', before: { ...after, site_id: 1 }, after: undefined },
          inserted('device_sites', after, 9),
        ],
      },
      engine: {
        rows: [updated('device_sites', { ...after, site_id: 1 }, { site_id: 2 }), updated('devices', DEVICE, {}, 3)],
      },
    });
    equal(compare(input).verdict, 'match');
  });

  it('tells an insert from an update, and a delete from nothing', () => {
    const input = write({
      legacy: {
        rows: [
          inserted('sites', { name: 'x' }, 2),
          { table: 'users', rowId: 3, change: 'delete', before: { username: 'u' }, after: undefined },
        ],
      },
      engine: { rows: [updated('sites', { name: 'y' }, { name: 'x' }, 1)] },
    });
    deepEqual(told(compare(input)).sort(), ['missing rows.users[username=u]', 'type rows.sites[name=x]']);
  });

  it('lets rules speak of columns in all rows', () => {
    const input = write({ legacy: { rows: [updated('devices', DEVICE, SEEN)] } });
    const result = compare(
      input,
      rules({ ignore: [{ path: 'rows.devices.last_seen', why: 'w', owner: 'o', expires: undefined }] }),
    );
    equal(result.verdict, 'ignored');
    deepEqual(passed(result), ['rule rows.devices.last_seen rows.devices[guid=G-1].last_seen']);
  });

  it('lets the numbers of new rows differ, where they are used as such', () => {
    const site = (id: number) => ({ rows: [inserted('sites', { id, name: 'x' }, id)] });
    const input = write({ legacy: site(8), engine: site(7) });
    deepEqual(passed(compare(input)), ['equivalence row-number rows.sites[name=x].id']);
    const other = write({
      legacy: { rows: [inserted('sites', { id: 8, name: 'x', created_at: 8 }, 8)] },
      engine: { rows: [inserted('sites', { id: 7, name: 'x', created_at: 7 }, 7)] },
    });
    deepEqual(told(compare(other)), ['value rows.sites[name=x].created_at']);
  });
});

describe('comparing events and calls', () => {
  const task = (id: number, room: string | null = 'r') => ({ event: 'agent_task', room, payload: { id, list: [1] } });

  it('takes them for multisets', () => {
    equal(
      compare(write({ legacy: { events: [task(1), task(2)] }, engine: { events: [task(2), task(1)] } })).verdict,
      'match',
    );
  });

  it('names what is missing, extra, doubled, and in another room', () => {
    const differ = (legacy: object[], engine: object[]) =>
      told(compare(write({ legacy: { events: legacy as never }, engine: { events: engine as never } })));
    deepEqual(differ([task(1)], []), ['missing events.agent_task[0]']);
    deepEqual(differ([], [task(1)]), ['extra events.agent_task[0]']);
    deepEqual(differ([task(1)], [task(1), task(1)]), ['doubled events.agent_task[1]']);
    deepEqual(differ([task(1)], [task(1, null)]), ['type events.agent_task[0].room']);
    deepEqual(differ([task(1)], [task(3)]), ['value events.agent_task[0].payload.id']);
  });

  it('says what it can not see', () => {
    const result = compare(
      write({
        engine: { events: [task(1)], calls: [{ method: 'GET', url: 'https://api.github.com/x' }] },
        eventsSeen: false,
        notSearched: ['devices'],
      }),
    );
    equal(result.verdict, 'match');
    deepEqual(result.notSeen, [
      'rows of devices that the engine does not name',
      'events of the legacy',
      'calls of the legacy to other machines',
    ]);
  });
});

describe('a comparison that somebody disturbed', () => {
  const legacy = { rows: [updated('devices', DEVICE, { hostname: 'B' })] };

  it('is inconclusive when rows differ', () => {
    const result = compare(write({ legacy, disturbed: true }));
    deepEqual([result.verdict, result.reason, result.differences.length], ['inconclusive', 'disturbed', 0]);
  });

  it('is inconclusive when nothing differs too: agreeing pairs alone would make the rate look better than it is', () => {
    equal(compare(write({ legacy, engine: legacy, disturbed: true })).reason, 'disturbed');
  });

  it('does not make the mismatch rate look better than it is', () => {
    const wrong = { rows: [updated('devices', DEVICE, { hostname: 'C' })] };
    // Every third pair is wrong, every other disturbed: of what counts, every third is wrong too.
    const verdicts = Array.from({ length: 60 }, (_, at) => {
      const engine = at % 3 === 0 ? wrong : legacy;
      return compare(write({ legacy, engine, disturbed: at % 2 === 0 })).verdict;
    });
    const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
    deepEqual([count('match'), count('mismatch'), count('inconclusive')], [20, 10, 30]);
  });

  it('is found out by the values that rows had before', () => {
    const engine = { rows: [updated('devices', { ...DEVICE, hostname: 'Z' }, { hostname: 'C' })] };
    equal(compare(write({ legacy, engine })).reason, 'disturbed');
  });

  it('is a mismatch all the same when no state explains it', () => {
    const twice = { event: 'e', room: null, payload: 1 };
    const input = write({ legacy: { events: [twice] }, engine: { events: [twice, twice] }, disturbed: true });
    equal(compare(input).verdict, 'mismatch');
  });

  it('is a mismatch when nothing differs but the shape, which may follow from a state that has another name', () => {
    const of = (l: object, e: object) =>
      compare(write({ legacy, engine: legacy, answers: [answer(l), answer(e)], disturbed: true })).verdict;
    equal(of({ status: 'pending', poll: 5 }, { status: 'pending' }), 'mismatch');
    equal(of({ status: 'approved', guid: 'G' }, { status: 'pending', poll: 5 }), 'inconclusive');
  });

  it('may be one of reads', () => {
    const [l, e] = [answer({ list: [1, 2] }), answer({ list: [1] })];
    equal(compare(read(l, e)).verdict, 'mismatch');
    equal(compare(read(l, e, { disturbed: true })).reason, 'disturbed');
    equal(compare(read(l, l, { disturbed: true })).reason, 'disturbed');
    equal(compare(read(answer({}), answer({ leak: 1 }), { disturbed: true })).verdict, 'mismatch');
  });
});

describe('a comparison whose effects were not all seen', () => {
  const legacy = { rows: [updated('devices', DEVICE, { hostname: 'B' })] };

  it('is no match where the engine writes to a table that was not looked through', () => {
    const result = compare(write({ legacy, engine: legacy, notSearched: ['devices'] }));
    deepEqual([result.verdict, result.reason], ['inconclusive', 'effects_unseen']);
    deepEqual(result.notSeen, ['rows of devices that the engine does not name']);
    equal(compare(write({ legacy, engine: legacy, notSearched: ['sites'] })).verdict, 'match');
  });

  it('is no match where the engine could not record all that it did, and says so', () => {
    const input = write({ legacy, engine: legacy });
    const engineNotSeen = ['rows of the table search'];
    const result = compare({ ...input, effects: input.effects && { ...input.effects, engineNotSeen } });
    deepEqual([result.reason, result.notSeen], ['effects_unseen', engineNotSeen]);
  });

  it('is a mismatch all the same where what was seen differs', () => {
    equal(compare(write({ legacy, notSearched: ['devices'] })).verdict, 'mismatch');
    const engine = { rows: [updated('devices', DEVICE, { hostname: 'C' })] };
    equal(compare(write({ legacy, engine, notSearched: ['devices'] })).verdict, 'mismatch');
  });
});
