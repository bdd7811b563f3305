import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompareRules } from '../../../../src/facade/comparing/rules/compare-rules.js';
import { difference, openStore, ROW, type StoreFixture } from './store-fixture.js';

describe('evidence of a row', () => {
  let open: StoreFixture;
  beforeEach(() => {
    open = openStore();
  });
  afterEach(() => open.close());

  const evidence = async (id = 'devices') => {
    const found = await open.store.evidenceOf(id);
    assert.ok(found);
    return found;
  };

  it('counts every comparison by verdict, and mismatches by kind and general path', async () => {
    open.record({}, 7);
    open.record({ verdict: 'ignored' }, 2);
    open.record({ differences: [difference('body.devices[3].guid'), difference('body.devices[9].guid')] });
    open.record({ differences: [difference('body.devices[0].guid'), difference('status', 'status')] });
    open.record({ reason: 'disturbed' });
    const { counts, mismatches, inconclusive } = await evidence();
    assert.deepEqual(counts, { match: 7, ignored: 2, mismatch: 2, inconclusive: 1 });
    assert.deepEqual(
      mismatches.map(({ kind, path, count }) => [kind, path, count]),
      [
        ['value', 'body.devices[*].guid', 2],
        ['status', 'status', 1],
      ],
    );
    assert.deepEqual(inconclusive, [{ reason: 'disturbed', count: 1 }]);
  });

  it('names the newest kept comparison of each mismatch', async () => {
    open.record({ differences: [difference('body.a')] });
    open.record({ differences: [difference('body.a')], requestId: 'newest' });
    const newest = (await evidence()).mismatches[0]?.newest;
    assert.equal(typeof newest, 'number');
    assert.equal((await open.store.pair(newest ?? 0))?.pair.request.requestId, 'newest');
  });

  it('adds up over writes', async () => {
    for (let time = 0; time < 3; time += 1) {
      open.record({}, 5);
      await open.store.flush();
    }
    assert.equal((await evidence()).counts.match, 15);
  });

  it('tells which statuses, callers and shapes were compared, and what was seen and was not', async () => {
    open.record({ status: 200, caller: 'operator' }, 3);
    open.record({ status: 404, caller: 'anonymous', target: '/api/devices', reason: 'engine_unsure' });
    for (const status of [200, 201, 302]) open.store.answered('devices', 'GET', status, 'operator');
    open.store.answered('devices', 'GET', 200, 'device');
    open.store.answered('devices', 'GET', 200, undefined);
    const { statuses, callers, shapes } = await evidence();
    assert.deepEqual(statuses, [
      { value: '2xx', compared: 3, mismatches: 0, seen: 4 },
      { value: '3xx', compared: 0, mismatches: 0, seen: 1 },
      { value: '4xx', compared: 0, mismatches: 0, seen: 0 },
    ]);
    assert.deepEqual(
      callers.map(({ value, compared, seen }) => [value, compared, seen]),
      [
        ['anonymous', 0, 0],
        ['device', 0, 1],
        ['operator', 3, 3],
      ],
    );
    assert.deepEqual(
      shapes.map(({ value, compared }) => [value, compared]),
      [
        ['?limit', 3],
        ['-', 0],
      ],
    );
  });

  it('counts what the engine answers clients at the stage that the row is at, for the gate', async () => {
    const missing = async (): Promise<string> =>
      (await open.store.gateVerdict('devices'))?.missing.filter((text) => text.includes('has answered')).join() ?? '';
    open.state.rows = [{ ...ROW, stage: 'canary' }];
    for (let at = 0; at < 19; at += 1) open.store.answered('devices', 'POST', 204, undefined, 'canary');
    open.store.answered('devices', 'POST', 500, undefined, 'canary');
    open.store.answered('devices', 'POST', 200, undefined);
    assert.match(await missing(), /answered 19 requests at canary/);
    open.store.answered('devices', 'POST', 404, undefined, 'canary');
    assert.equal(await missing(), '');
    open.state.rows = [{ ...ROW, stage: 'engine' }];
    assert.match(await missing(), /answered 0 requests at engine/);
    open.store.answered('devices', 'POST', 200, undefined, 'engine');
    assert.match(await missing(), /answered 1 requests at engine/);
  });

  it('waits for no answer that can not be compared: a limit is counted in the memory of one side', async () => {
    open.record({ status: 429, reason: 'limited' });
    open.store.answered('devices', 'POST', 429, 'device');
    assert.deepEqual(
      (await evidence()).statuses.map(({ value, seen }) => [value, seen]),
      [['4xx', 0]],
    );
  });

  it('tells p50 and p99 of both sides, within 5 %', async () => {
    for (let ms = 1; ms <= 1000; ms += 1) open.record({ legacyMs: ms, engineMs: ms / 10 });
    const { latency } = await evidence();
    const near = (found: number | null, expected: number) =>
      assert.ok(found !== null && Math.abs(found / expected - 1) < 0.05, `${found} is not near ${expected}`);
    near(latency.legacy.p50, 500);
    near(latency.legacy.p99, 990);
    near(latency.engine.p50, 50);
    near(latency.engine.p99, 99);
    assert.equal(latency.engine.count, 1000);
  });

  it('counts what was passed over, and what was dropped', async () => {
    open.record({ verdict: 'ignored', used: [{ by: 'rule', rule: 'body.last_seen', count: 3 }] }, 2);
    open.store.dropped('devices', 'queue_full');
    open.store.dropped('devices', 'queue_full');
    const { passed, drops } = await evidence();
    assert.deepEqual(
      passed.map(({ by, rule, count }) => [by, rule, count]),
      [['rule', 'body.last_seen', 6]],
    );
    assert.deepEqual(drops, [{ reason: 'queue_full', count: 2 }]);
  });

  it('counts what agrees but for noise, and what could not be looked at', async () => {
    open.record({ verdict: 'ignored', used: [{ by: 'noise', rule: 'body.a', count: 2 }] }, 3);
    open.record({ verdict: 'ignored', used: [{ by: 'rule', rule: 'body.b', count: 1 }] });
    open.record({ notSeen: ['events of the legacy', 'rows of sites that the engine does not name'] });
    await open.store.flush();
    open.record({ notSeen: ['events of the legacy'] });
    const { noisy, unseen, counts } = await evidence();
    assert.deepEqual([counts.ignored, noisy], [4, 3]);
    assert.deepEqual(unseen, [
      { what: 'events of the legacy', count: 2 },
      { what: 'rows of sites that the engine does not name', count: 1 },
    ]);
  });

  it('takes an engine that was given up for as slow as the time until then', async () => {
    open.record({ engineMs: 4 }, 97);
    for (let at = 0; at < 3; at += 1) open.store.dropped('devices', 'engine_timeout', 2000);
    const { latency, drops } = await evidence();
    assert.deepEqual([latency.engine.count, drops], [100, [{ reason: 'engine_timeout', count: 3 }]]);
    assert.ok(Math.abs((latency.engine.p99 ?? 0) - 2000) < 100, String(latency.engine.p99));
  });

  it('belongs to the engine that was asked, even when another runs by then', async () => {
    open.record({ engineBuild: 'build-1' });
    await open.store.flush();
    open.state.build = 'build-2';
    open.record({ engineBuild: 'build-1' }, 2);
    await open.store.flush();
    const { period, counts, earlier } = await evidence();
    assert.deepEqual([period, counts.match], [undefined, 0]);
    assert.deepEqual([earlier[0]?.build, earlier[0]?.counts.match], ['build-1', 3]);
  });

  it('says nothing of rows that the table does not have', async () => {
    assert.equal(await open.store.evidenceOf('nobody'), undefined);
    assert.equal(await open.store.gateVerdict('nobody'), undefined);
  });

  it('tells every place that differs, also the rare ones, and each reason for passing over', async () => {
    const wide = Array.from({ length: 40 }, (_none, at) => at);
    for (const at of wide)
      open.record({ differences: [0, 1, 2, 3, 4].map((part) => difference(`body.f${at * 5 + part}`)) });
    open.record({ differences: [difference('status', 'status')] });
    for (const at of [0, 1, 2, 3])
      open.record({
        verdict: 'ignored',
        used: wide.map((part) => ({ by: 'noise', rule: `body.g${at * 40 + part}`, count: 1 })),
      });
    const { mismatches, passed } = await evidence();
    assert.deepEqual([mismatches.length, passed.length], [201, 160]);
    assert.ok(mismatches.some(({ kind }) => kind === 'status'));
  });

  it('bounds what clients can make it keep', async () => {
    for (let at = 0; at < 200; at += 1)
      open.record({ target: `/api/devices?p${'abcdefghij'[at % 10]}${'abcdefghijklmnopqrst'[at % 20]}x${at}=1` });
    for (let at = 0; at < 400; at += 1) open.record({ differences: [difference(`body.f${at}`)] });
    const { shapes, mismatches } = await evidence();
    assert.ok(shapes.length <= 65, `${shapes.length} shapes`);
    assert.ok(shapes.some(({ value }) => value === 'other'));
    assert.ok(mismatches.some(({ path }) => path === 'other'));
  });
});

describe('periods of evidence', () => {
  let open: StoreFixture;
  beforeEach(() => {
    open = openStore();
  });
  afterEach(() => open.close());

  const evidence = async () => {
    const found = await open.store.evidenceOf('devices');
    assert.ok(found);
    return found;
  };
  const matches = async () => (await evidence()).counts.match;

  it('end when the engine is another build, and stay visible', async () => {
    open.record({}, 3);
    open.state.build = 'build-2';
    assert.equal(await matches(), 0);
    open.record({}, 1);
    const { counts, earlier, period } = await evidence();
    assert.equal(counts.match, 1);
    assert.equal(period?.build, 'build-2');
    assert.deepEqual(
      earlier.map(({ build, counts: before }) => [build, before.match]),
      [['build-1', 3]],
    );
  });

  it('end when the rules of comparing change, and not when their reasons do', async () => {
    const rule = { path: 'body.a', why: undefined, owner: undefined, expires: undefined };
    const rowWith = (ignore: CompareRules['ignore']) => [{ ...ROW, compare: { ...ROW.compare, ignore } }];
    open.state.rows = rowWith([rule]);
    open.record({}, 3);
    open.state.rows = rowWith([{ ...rule, why: 'a clock', owner: 'ann' }]);
    assert.equal(await matches(), 3);
    open.state.rows = rowWith([]);
    assert.equal(await matches(), 0);
  });

  it('end when the other side begins to answer', async () => {
    open.record({}, 3);
    open.state.rows = [{ ...ROW, stage: 'verify' }];
    assert.equal(await matches(), 0);
    open.record({ answeredBy: 'engine' }, 2);
    assert.equal(await matches(), 2);
  });

  it('stay from shadow to canary: the legacy answers what is compared', async () => {
    open.record({}, 3);
    open.state.rows = [{ ...ROW, stage: 'canary' }];
    open.record({}, 1);
    assert.equal(await matches(), 4);
  });

  it('take in late arrivals without beginning anew', async () => {
    open.record({}, 3);
    await open.store.flush();
    open.state.rows = [{ ...ROW, stage: 'verify' }];
    open.record({ answeredBy: 'engine' });
    open.record({ answeredBy: 'legacy', row: ROW });
    open.record({ answeredBy: 'engine' });
    const { counts, earlier } = await evidence();
    assert.equal(counts.match, 2);
    assert.deepEqual(
      earlier.map((one) => one.counts.match),
      [4],
    );
  });

  it('take in what an engine said that was replaced meanwhile, without beginning anew', async () => {
    open.record({ engineBuild: 'build-1' }, 2);
    await open.store.flush();
    open.state.build = 'build-2';
    open.record({ engineBuild: 'build-2' }, 3);
    await open.store.flush();
    open.record({ engineBuild: 'build-1' });
    await open.store.flush();
    open.record({ engineBuild: 'build-2' });
    const { counts, period, earlier } = await evidence();
    assert.deepEqual([period?.build, counts.match], ['build-2', 4]);
    assert.deepEqual(
      earlier.map(({ build, counts: before }) => [build, before.match]),
      [['build-1', 3]],
    );
  });

  it('begin anew when a build comes back after another', async () => {
    for (const build of ['a', 'b', 'a']) {
      open.state.build = build;
      open.record();
      await open.store.flush();
    }
    assert.equal(await matches(), 1);
    assert.equal((await evidence()).earlier.length, 2);
  });

  it('are still told while the engine is down, and nothing is counted meanwhile', async () => {
    open.record({}, 3);
    open.state.build = undefined;
    open.record();
    const { counts, drops } = await evidence();
    assert.equal(counts.match, 3);
    assert.deepEqual(drops, [{ reason: 'build_unknown', count: 1 }]);
  });
});

describe('a store that is opened again', () => {
  it('goes on where it was', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'comparisons-'));
    try {
      for (let start = 1; start <= 2; start += 1) {
        const open = openStore({ directory });
        open.record({}, 4);
        await open.store.saveNoise({ learned: start });
        assert.equal((await open.store.evidenceOf('devices'))?.counts.match, 4 * start);
        await open.close();
      }
      const open = openStore({ directory });
      assert.deepEqual(await open.store.loadNoise(), { learned: 2 });
      await open.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
