import assert from 'node:assert/strict';
import type { AdminComparisons } from '../../../src/facade/admin/admin-comparisons.js';
import { comparisonHandlers } from '../../../src/facade/admin/handlers/comparison-handlers.js';
import type { GateVerdict } from '../../../src/facade/comparing/gate/gate-verdict.js';
import { code, type OpenTable, openTable, stageOf } from '../table/open-table.js';

const READY: GateVerdict = { row: 'inline', next: 'canary', ready: true, checks: [], missing: [], notes: [] };

/** Nobody can ask the engine. */
const OTHERS = {
  audit: { list: () => [], record: () => undefined },
  notServed: async () => undefined,
  sharedWarnings: () => ['files of its own'],
  scheduler: undefined,
};

describe('a promotion while the table changes', () => {
  let table: OpenTable;
  beforeEach(async () => {
    table = await openTable();
  });
  afterEach(() => table.close());

  it('moves nothing that was not judged', async () => {
    const { store } = table;
    await store.flip({ target: 'inline', stage: 'shadow', who: 'ann', why: 'compare' });
    const comparisons = {
      // While evidence is read, somebody moves the row.
      evidenceOf: async () => {
        await store.flip({ target: 'inline', stage: 'legacy', who: 'bob', why: 'trouble' });
        return {};
      },
      judge: () => READY,
    } as unknown as AdminComparisons;
    const { promote } = comparisonHandlers({
      table: store,
      comparisons,
      ...OTHERS,
    });
    const request = { params: {}, query: {}, body: { target: 'inline', percent: 5, who: 'ann' } };
    await assert.rejects(async () => promote(request as never), code('table_moved'));
    assert.equal(stageOf(store.current(), 'inline'), 'legacy');
  });

  it('goes to no other stage than the one that is named', async () => {
    const { store } = table;
    await store.flip({ target: 'inline', stage: 'shadow', who: 'ann', why: 'compare' });
    const comparisons = { evidenceOf: async () => ({}), judge: () => READY } as unknown as AdminComparisons;
    const { promote } = comparisonHandlers({
      table: store,
      comparisons,
      ...OTHERS,
    });
    const call = (to: string) => ({ params: {}, query: {}, body: { target: 'inline', percent: 5, to } });
    await assert.rejects(async () => promote(call('shadow') as never), code('table_moved'));
    assert.equal(stageOf(store.current(), 'inline'), 'shadow');
    const { json } = await promote(call('canary') as never);
    assert.match(String((json as { warnings: string[] }).warnings), /files of its own.*could not be asked/);
    assert.equal(stageOf(store.current(), 'inline'), 'canary');
  });
});
