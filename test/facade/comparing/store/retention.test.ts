import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { ComparisonStoreOptions } from '../../../../src/facade/comparing/store/comparison-store.js';
import { difference, openStore, type StoreFixture, wordRedactor } from './store-fixture.js';

const DAY_MS = 86_400_000;

describe('what is kept of comparisons', () => {
  let open: StoreFixture;
  const begin = (limits: Parameters<typeof openStore>[0] = {}): StoreFixture => {
    open = openStore(limits);
    return open;
  };
  afterEach(() => open.close());

  const mismatches = () => open.store.pairs({ verdict: 'mismatch', limit: 1000 });
  /** As over many seconds: what is kept is bounded per second too. */
  const over = async (times: number, record: (time: number) => void): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      record(time);
      await open.store.flush();
    }
  };

  it('holds each row to its number of mismatches, and counts all', async () => {
    begin({ limits: { mismatchesPerRow: 10 } });
    await over(15, (time) => open.record({ differences: [difference(`body.f${time}`)] }));
    const kept = await mismatches();
    assert.equal(kept.length, 10);
    assert.equal(kept[0]?.differences[0]?.path, 'body.f14');
    assert.equal((await open.store.evidenceOf('devices'))?.counts.mismatch, 15);
  });

  it('comes down to a limit that was lowered', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'comparisons-'));
    try {
      for (const [mismatchesPerRow, times] of [
        [30, 30],
        [4, 2],
      ] as const) {
        begin({ directory, limits: { mismatchesPerRow } });
        await over(times, (time) => open.record({ differences: [difference(`body.f${time}`)] }));
        assert.equal((await mismatches()).length, mismatchesPerRow);
        if (mismatchesPerRow === 30) await open.close();
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('gives whole ones in pages that cost little to hand on', async () => {
    begin({ redactor: wordRedactor('none') });
    const answer = JSON.stringify('x'.repeat(400_000));
    await over(8, (time) => open.record({ answer, differences: [difference(`body.f${time}`)] }));
    const pages: number[] = [];
    for (let after = 0; ; ) {
      const page = await open.store.wholePairs({ after, limit: 100 });
      if (page.length === 0) break;
      pages.push(page.length);
      after = page.at(-1)?.id ?? assert.fail('a page without a last pair');
    }
    assert.deepEqual(pages, [4, 4]);
  });

  it('never lets a frequent mismatch push out a rare one', async () => {
    begin({ limits: { mismatchesPerRow: 5 } });
    open.record({ differences: [difference('body.rare')] });
    await over(20, () => open.record({ differences: [difference('body.frequent')] }));
    const paths = (await mismatches()).map(({ differences }) => differences[0]?.path);
    assert.equal(paths.length, 5);
    assert.ok(paths.includes('body.rare'));
  });

  it('keeps no more than a few of one kind in one second, and not more than some in all', async () => {
    begin();
    open.record({ differences: [difference('body.same')] }, 100);
    assert.equal((await mismatches()).length, 2);
    for (let at = 0; at < 100; at += 1) open.record({ differences: [difference(`body.f${at}`)] });
    assert.equal((await mismatches()).length, 42);
  });

  it('keeps no more than some bytes in one second, though a large one alone', async () => {
    begin();
    const answer = JSON.stringify({ filler: 'x'.repeat(3 * 1024 * 1024) });
    for (let at = 0; at < 4; at += 1) open.record({ answer, differences: [difference(`body.f${at}`)] });
    assert.equal((await mismatches()).length, 2);
    assert.equal((await open.store.evidenceOf('devices'))?.counts.mismatch, 4);
  });

  it('counts a comparison whose pair could not be made fit to be kept, and goes on', async () => {
    const made: ComparisonStoreOptions['document'] = async ({ request }) => {
      if (request.requestId === 'odd') throw new TypeError('planted');
      return JSON.stringify({ request });
    };
    begin({ document: made });
    open.record({ requestId: 'odd', differences: [difference('body.a')] });
    open.record({ differences: [difference('body.b')] });
    assert.deepEqual(
      (await mismatches()).map(({ differences }) => differences[0]?.path),
      ['body.b'],
    );
    assert.equal((await open.store.evidenceOf('devices'))?.counts.mismatch, 2);
    assert.deepEqual(
      open.log.entries.map(({ level, message }) => [level, message]),
      [['error', 'pair not kept']],
    );
  });

  it('writes nothing at once: pairs are made fit to be kept beside traffic', async () => {
    let done: (document: string) => void = () => assert.fail('nothing was asked for');
    begin({
      document: () =>
        new Promise((resolve) => {
          done = resolve;
        }),
    });
    open.record({ differences: [difference('body.a')] });
    const kept = mismatches();
    done('{}');
    assert.equal((await kept).length, 1);
  });

  it('keeps a few matches, one of each kind', async () => {
    begin({ limits: { matchesPerRow: 3 } });
    open.record({}, 50);
    for (const status of [201, 301, 404, 500]) open.record({ status });
    assert.equal((await open.store.pairs({ verdict: 'match', limit: 100 })).length, 3);
  });

  it('forgets whole comparisons, and ended periods, by age', async () => {
    begin({ limits: { days: 30 } });
    open.record({ differences: [difference('body.old')] });
    open.store.answered('devices', 'GET', 404, undefined);
    await open.store.flush();
    open.state.now += 20 * DAY_MS;
    open.state.build = 'build-2';
    open.record({ differences: [difference('body.new')] });
    await open.store.flush();
    open.state.now += 15 * DAY_MS;
    await open.store.sweep();
    assert.deepEqual(
      (await mismatches()).map(({ differences }) => differences[0]?.path),
      ['body.new'],
    );
    const evidence = await open.store.evidenceOf('devices');
    assert.equal(evidence?.counts.mismatch, 1);
    assert.deepEqual(evidence?.earlier, []);
    assert.ok(!evidence?.statuses.some(({ value }) => value === '4xx'));
  });

  it('keeps the evidence in force, however old', async () => {
    begin({ limits: { days: 1 } });
    open.record({}, 3);
    await open.store.flush();
    open.state.now += 100 * DAY_MS;
    await open.store.sweep();
    assert.equal((await open.store.evidenceOf('devices'))?.counts.match, 3);
  });

  it('holds all rows to a number of bytes, and gives the file its size back', async () => {
    begin({ limits: { megabytes: 1, mismatchesPerRow: 10_000 } });
    const noise = (at: number) =>
      Array.from({ length: 9000 }, (_none, n) => ((n * 7919 + at * 104_729) ** 2 % 1e9).toString(36)).join('');
    await over(80, (at) =>
      open.record({ differences: [difference(`body.f${at}`)], answer: noise(at), engineAnswer: noise(at + 1000) }),
    );
    await open.store.flush();
    const before = (await mismatches()).length;
    await open.store.sweep();
    const after = await mismatches();
    assert.ok(after.length < before, `${after.length} of ${before}`);
    assert.equal(after[0]?.differences[0]?.path, 'body.f79');
    const reader = new Database(open.file, { readonly: true });
    assert.ok(Number(reader.pragma('freelist_count', { simple: true })) <= 256, 'free pages are left');
    assert.ok(Number(reader.pragma('page_count', { simple: true })) * 4096 < 2_000_000);
    reader.close();
  });
});
