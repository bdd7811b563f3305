import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type OpenTable, openTable } from './open-table.js';

describe('many flips', function () {
  this.timeout(60_000);
  let table: OpenTable;
  beforeEach(async () => {
    table = await openTable();
  });
  afterEach(() => table.close());

  it('are made one after the other, and none is lost', async () => {
    const seen: number[] = [];
    table.store.onChange(({ version }, previous) => {
      assert.equal(version, previous.version + 1);
      seen.push(version);
    });
    const flips = Array.from({ length: 1000 }, (_unused, index) =>
      table.store.flip({
        target: ['inline', 'block', 'pair'][index % 3] ?? '',
        stage: Math.floor(index / 3) % 2 === 0 ? 'engine' : 'legacy',
        who: 'ann',
        why: `flip ${index}`,
      }),
    );
    const versions = await Promise.all(flips);
    assert.deepEqual(
      versions.map(({ version }) => version),
      Array.from({ length: 1000 }, (_unused, index) => index + 2),
    );
    assert.deepEqual(
      seen,
      versions.map(({ version }) => version),
    );
    const kept = table.store.versions(2000);
    assert.deepEqual(kept.slice(0, 1000).reverse(), versions);
    assert.equal(table.db.history.textOf(1001), table.text());
    assert.deepEqual(
      readdirSync(table.directory).filter((name) => /yaml/.test(name)),
      ['migration-table.yaml'],
    );
  });

  it('that are refused do not hold up those after them', async () => {
    const flip = (target: string) => table.store.flip({ target, stage: 'engine', who: 'ann', why: 'x' });
    const outcomes = await Promise.allSettled([flip('inline'), flip('nowhere'), flip('inline'), flip('block')]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    );
  });

  it('are refused once the table is closed', async () => {
    const last = table.store.flip({ target: 'inline', stage: 'engine', who: 'ann', why: 'x' });
    const closing = table.store.close();
    await assert.rejects(last, { code: 'table_closed' });
    await closing;
  });

  it('do not stop at a listener that fails', async () => {
    table.store.onChange(() => {
      throw new Error('not mine');
    });
    let told = 0;
    const stop = table.store.onChange(() => {
      told += 1;
    });
    await table.store.flip({ target: 'inline', stage: 'engine', who: 'ann', why: 'x' });
    stop();
    await table.store.flip({ target: 'inline', stage: 'legacy', who: 'ann', why: 'x' });
    assert.equal(told, 1);
  });
});
