import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkTable } from '../../../src/facade/table/check-table.js';
import { formatProblem } from '../../../src/facade/table/table-error.js';
import { LEGACY_ROUTES } from '../../../src/legacy-bridge/legacy-routes.js';

const file = fileURLToPath(new URL('../../../config/migration-table.yaml', import.meta.url));
const check = checkTable({ file, text: readFileSync(file, 'utf8'), version: 1 });

describe('the table that is shipped', () => {
  it('keeps every rule', () => {
    assert.ok(check.ok, check.ok ? '' : check.problems.map(formatProblem).join('\n'));
  });

  it("has a row for each of the legacy's routes, and no other", () => {
    assert.ok(check.ok);
    const rows = check.table.snapshot.routes.map(({ id, matches }) => ({ id, matches }));
    const routes = LEGACY_ROUTES.map(({ id, methods, rule }) => ({ id, matches: [{ methods, rule }] }));
    const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
    assert.deepEqual(rows.sort(byId), routes.sort(byId));
  });

  it('has everything at legacy', () => {
    assert.ok(check.ok);
    const { routes, defaultRow, sockets, background } = check.table.snapshot;
    assert.ok([...routes, defaultRow, sockets].every(({ stage }) => stage === 'legacy'));
    assert.ok(background.every(({ owner }) => owner === 'legacy'));
  });

  it('has no group of one row without a reason to require others', () => {
    assert.ok(check.ok);
    const { config } = check.table;
    for (const { id, requires } of config.groups) {
      const rows = config.routes.filter(({ group }) => group?.value === id);
      assert.ok(rows.length > 1 || requires.length > 0, `group ${id} has ${rows.length} rows`);
    }
  });
});
