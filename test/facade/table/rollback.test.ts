import assert from 'node:assert/strict';
import { code, type OpenTable, openTable, SMALL_TABLE, stageOf } from './open-table.js';

const BY = { who: 'ann', why: 'a try' };

describe('rollback', () => {
  let table: OpenTable;
  beforeEach(async () => {
    table = await openTable();
    await table.store.flip({ ...BY, target: 'inline', stage: 'engine' });
    await table.store.flip({ ...BY, target: 'block', stage: 'engine' });
  });
  afterEach(() => table.close());

  it('restores the version before the one in force, as a new version', async () => {
    const version = await table.store.rollback({ who: 'bob', why: 'errors' });
    assert.deepEqual(
      { version: version.version, cause: version.cause, who: version.who, why: version.why, changes: version.changes },
      {
        version: 4,
        cause: 'rollback',
        who: 'bob',
        why: 'errors',
        changes: [{ id: 'block', from: 'engine', to: 'legacy' }],
      },
    );
    assert.equal(table.text(), table.db.history.textOf(2));
    assert.equal(stageOf(table.store.current(), 'block'), 'legacy');
    assert.equal(stageOf(table.store.current(), 'inline'), 'engine');
  });

  it('restores a named version to the letter', async () => {
    await table.store.rollback({ ...BY, to: 1 });
    assert.equal(table.text(), SMALL_TABLE);
    assert.deepEqual(
      table.store.versions(9).map(({ version }) => version),
      [4, 3, 2, 1],
    );
  });

  it('refuses versions that are not kept, the one in force, and a lack of reasons', async () => {
    await assert.rejects(table.store.rollback({ ...BY, to: 9 }), code('unknown_version', /Version 9/));
    await assert.rejects(table.store.rollback({ ...BY, to: 3 }), code('nothing_to_change'));
    await assert.rejects(table.store.rollback({ ...BY, why: '' }), code('why_required'));
    assert.equal(table.store.versions(9).length, 3);
  });
});

describe('rollback of the first version', () => {
  it('is refused, since there is none before it', async () => {
    const table = await openTable();
    try {
      await assert.rejects(
        table.store.rollback(BY),
        code('unknown_version', /Version 1 is in force, and there is none/),
      );
    } finally {
      await table.close();
    }
  });
});

describe('rollback to a version that breaks a rule of this release', () => {
  it('is refused, with the problems', async () => {
    const table = await openTable({
      history: (history) => ({
        newest: () => history.newest(),
        list: (limit) => history.list(limit),
        textOf: () => 'version: 1\nroutes: [{ id: a, match: GET /a, stage: shadwo }]\n',
        append: (version, publish) => history.append(version, publish),
      }),
    });
    try {
      await assert.rejects(table.store.rollback({ ...BY, to: 1 }), code('table_invalid', /did you mean shadow/));
      assert.equal(table.text(), SMALL_TABLE);
    } finally {
      await table.close();
    }
  });
});
