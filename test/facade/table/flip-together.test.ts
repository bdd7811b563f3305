import assert from 'node:assert/strict';
import { code, type OpenTable, openTable, stageOf } from './open-table.js';

const BY = { who: 'guard', why: 'a reason' };

describe('several flips as one', () => {
  let table: OpenTable;
  beforeEach(async () => {
    table = await openTable();
    await table.store.flip({ target: 'inline', stage: 'engine', ...BY });
    await table.store.flip({ target: 'later', stage: 'engine', ...BY });
  });
  afterEach(() => table.close());

  it('make one version, each of them checked after those before it', async () => {
    const { version } = table.store.current();
    const moves = [
      { target: 'later', stage: 'legacy' },
      { target: 'inline', stage: 'shadow' },
    ] as const;
    const made = await table.store.flipTogether(moves, BY);
    assert.equal(made.version, version + 1);
    assert.equal(table.store.current().version, version + 1);
    assert.deepEqual(made.changes, [
      { id: 'inline', from: 'engine', to: 'shadow' },
      { id: 'later', from: 'engine', to: 'legacy' },
    ]);
    assert.match(table.text(), /id: inline, match: GET \/inline, stage: shadow \} # about inline/);
  });

  it('are refused whole when one of them is', async () => {
    const before = table.text();
    const moves = [
      { target: 'inline', stage: 'legacy' },
      { target: 'later', stage: 'legacy' },
    ] as const;
    await assert.rejects(table.store.flipTogether(moves, BY), code('requires_unmet'));
    await assert.rejects(
      table.store.flipTogether(
        [
          { target: 'later', stage: 'legacy' },
          { target: 'nobody', stage: 'legacy' },
        ],
        BY,
      ),
      code('unknown_target'),
    );
    assert.equal(table.text(), before);
    assert.equal(stageOf(table.store.current(), 'later'), 'engine');
  });
});
