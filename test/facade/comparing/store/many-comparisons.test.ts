import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { rulesDigest } from '../../../../src/facade/comparing/store/rules-digest.js';
import { fillComparisons } from '../../../kit/many-comparisons.js';
import { openStore, ROW, type StoreFixture } from './store-fixture.js';

/** Far above what it takes, for a machine that does other things too; scripts/bench tells the figure. */
const MOST_MS = 1000;
const COMPARISONS = 10_000_000;

describe('the counts of ten million comparisons over eighty rows', () => {
  let open: StoreFixture;
  before(() => {
    const rows = Array.from({ length: 80 }, (_none, at) => ({ ...ROW, id: `row-${at}` }));
    open = openStore({ rows });
    const database = new Database(open.file);
    const subject = { rules: rulesDigest(ROW.compare), build: 'build-1' };
    fillComparisons(
      database,
      rows.map(({ id }) => id),
      { comparisons: COMPARISONS, earlier: 1 },
      subject,
    ); // prettier-ignore
    database.close();
  });
  after(() => open.close());

  it('are read soon', async () => {
    await open.store.evidence();
    const startedAt = performance.now();
    const evidence = await open.store.evidence();
    const took = performance.now() - startedAt;
    const total = evidence.flatMap(({ counts }) => Object.values(counts)).reduce((sum, count) => sum + count, 0);
    assert.ok(total >= COMPARISONS, `only ${total}`);
    assert.ok(took < MOST_MS, `${took} ms`);
  });
});
