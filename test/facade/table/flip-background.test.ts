/** Background tasks change their owner by a flip, whatever the file says of them before. */
import assert from 'node:assert/strict';
import type { MigrationTableStore } from '../../../src/facade/table/migration-table-store.js';
import { type OpenTable, openTable } from './open-table.js';

const PRUNE = { target: 'background:approvals-prune', why: 'a test', who: 'test' } as const;
const ROWS = 'routes:\n  - { id: a, match: GET /a, stage: legacy }\n';

describe('facade: flips of background tasks', () => {
  let table: OpenTable;
  afterEach(() => table.close());

  const ownerOf = (store: MigrationTableStore) =>
    store.current().background.find(({ name }) => name === 'approvals-prune')?.owner;

  const files: readonly [string, string, string][] = [
    [
      'its entry, comments and all',
      `version: 1\n${ROWS}background:\n  # daily\n  approvals-prune: { owner: legacy } # by night\n  scheduler: { owner: legacy }\n`,
      `version: 1\n${ROWS}background:\n  # daily\n  approvals-prune: { owner: engine } # by night\n  scheduler: { owner: legacy }\n`,
    ],
    [
      'a block',
      `version: 1\n${ROWS}background:\n  approvals-prune:\n    owner: "legacy"\n    note: x\n`,
      `version: 1\n${ROWS}background:\n  approvals-prune:\n    owner: "engine"\n    note: x\n`,
    ],
    [
      'a section without it',
      `version: 1\n${ROWS}background:\n  scheduler: { owner: legacy }\n`,
      `version: 1\n${ROWS}background:\n  approvals-prune: { owner: engine }\n  scheduler: { owner: legacy }\n`,
    ],
    [
      'an empty section',
      `version: 1\n${ROWS}background: {}\n`,
      `version: 1\n${ROWS}background: { approvals-prune: { owner: engine } }\n`,
    ],
    [
      'a file without the section',
      `version: 1\n${ROWS}`,
      `version: 1\nbackground: { approvals-prune: { owner: engine } }\n${ROWS}`,
    ],
  ];
  for (const [what, before, after] of files) {
    it(`writes into ${what}`, async () => {
      table = await openTable({ text: before });
      const { changes } = await table.store.flip({ ...PRUNE, stage: 'engine' });
      assert.equal(table.text(), after);
      assert.equal(ownerOf(table.store), 'engine');
      assert.deepEqual(changes, [{ id: PRUNE.target, from: 'legacy', to: 'engine' }]);
      await table.store.flip({ ...PRUNE, stage: 'legacy' });
      assert.equal(ownerOf(table.store), 'legacy');
    });
  }

  it('minds who requires the task', async () => {
    const row =
      '  - { id: b, match: GET /b, stage: legacy, requires: [{ id: background:approvals-prune, atLeast: engine }] }\n';
    table = await openTable({ text: `version: 1\n${ROWS}${row}` });
    await assert.rejects(
      table.store.flip({ target: 'b', stage: 'engine', why: 'x', who: 'x' }),
      /b may go beyond shadow only when background:approvals-prune is at engine/,
    );
    await table.store.flip({ ...PRUNE, stage: 'engine' });
    await table.store.flip({ target: 'b', stage: 'engine', why: 'x', who: 'x' });
    await assert.rejects(table.store.flip({ ...PRUNE, stage: 'legacy' }), /requires_unmet|may go beyond shadow only/);
  });
});
