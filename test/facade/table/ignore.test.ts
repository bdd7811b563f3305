import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ignoringTable } from '../../../src/facade/table/changed-table.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import type { IgnoreRequest } from '../../../src/facade/table/migration-table-store.js';
import { code } from './open-table.js';

const REQUEST: IgnoreRequest = {
  target: 'devices',
  path: 'body.devices[*].last_seen',
  why: 'a clock: "now"',
  owner: 'ann',
  expires: '2027-01-31',
  who: 'kim',
};

function ignoring(text: string, more: Partial<IgnoreRequest> = {}): { text: string; rules: unknown } {
  const check = checkTable({ file: 'table.yaml', text, version: 1 });
  assert.ok(check.ok, JSON.stringify(check));
  const request = { ...REQUEST, ...more };
  const next = ignoringTable(check.table, { file: 'table.yaml' }, request);
  const { routes, defaultRow } = next.snapshot;
  const row =
    request.target === 'default'
      ? defaultRow
      : routes.find(({ id, group }) => id === request.target || group === request.target);
  return { text: next.text, rules: row?.compare.ignore };
}

const RULE = {
  path: 'body.devices[*].last_seen',
  why: 'a clock: "now"',
  owner: 'ann',
  expires: Date.parse('2027-01-31T00:00:00Z'),
};
const OLD = { path: 'headers.etag', why: undefined, owner: undefined, expires: undefined };
const WRITTEN = String.raw`{ path: "body.devices[*].last_seen", why: "a clock: \"now\"", owner: "ann", expires: 2027-01-31 }`;

describe('an ignore rule', () => {
  const forms: Record<string, { before: string; after: string; old?: boolean }> = {
    'in a row of one line': {
      before: 'version: 1\nroutes:\n  - { id: devices, match: GET /d, stage: legacy } # devices\n',
      after: `version: 1\nroutes:\n  - { id: devices, match: GET /d, stage: legacy, compare: { ignore: [${WRITTEN}] } } # devices\n`,
    },
    'in a row of many lines': {
      before:
        'version: 1\nroutes:\n  - id: devices\n    match: GET /d\n    stage: legacy # soon\n  - { id: b, match: GET /b, stage: legacy }\n',
      after: `version: 1\nroutes:\n  - id: devices\n    match: GET /d\n    stage: legacy # soon\n    compare: { ignore: [${WRITTEN}] }\n  - { id: b, match: GET /b, stage: legacy }\n`,
    },
    'beside other rules of comparing': {
      before:
        'version: 1\nroutes:\n  - { id: devices, match: GET /d, stage: legacy, compare: { unordered: [body.a] } }\n',
      after: `version: 1\nroutes:\n  - { id: devices, match: GET /d, stage: legacy, compare: { unordered: [body.a], ignore: [${WRITTEN}] } }\n`,
    },
    'behind another in a list of one line': {
      before:
        'version: 1\nroutes:\n  - { id: devices, match: GET /d, stage: legacy, compare: { ignore: [headers.etag] } }\n',
      after: `version: 1\nroutes:\n  - { id: devices, match: GET /d, stage: legacy, compare: { ignore: [headers.etag, ${WRITTEN}] } }\n`,
      old: true,
    },
    'behind another in a list of many lines': {
      before:
        'version: 1\nroutes:\n  - id: devices\n    match: GET /d\n    compare:\n      ignore:\n        - headers.etag # ours\n    stage: legacy\n',
      after: `version: 1\nroutes:\n  - id: devices\n    match: GET /d\n    compare:\n      ignore:\n        - headers.etag # ours\n        - ${WRITTEN}\n    stage: legacy\n`,
      old: true,
    },
    'in a file with the line ends of Windows': {
      before: 'version: 1\r\nroutes:\r\n  - id: devices\r\n    match: GET /d\r\n    stage: legacy\r\n',
      after: `version: 1\r\nroutes:\r\n  - id: devices\r\n    match: GET /d\r\n    stage: legacy\r\n    compare: { ignore: [${WRITTEN}] }\r\n`,
    },
  };
  for (const [name, { before, after, old }] of Object.entries(forms))
    it(`is written ${name}`, () => {
      const { text, rules } = ignoring(before);
      assert.equal(text, after);
      assert.deepEqual(rules, old === true ? [OLD, RULE] : [RULE]);
    });

  it('of a group holds for its rows', () => {
    const table =
      'version: 1\ngroups:\n  both: { stage: legacy }\nroutes:\n  - { id: devices, match: GET /d, group: both }\n';
    assert.deepEqual(ignoring(table, { target: 'both' }).rules, [RULE]);
  });

  it('can be added to every row of the shipped table', async () => {
    const text = await readFile('config/migration-table.yaml', 'utf8');
    const check = checkTable({ file: 'table.yaml', text, version: 1 });
    assert.ok(check.ok);
    for (const { id, compare } of check.table.snapshot.routes)
      assert.equal((ignoring(text, { target: id }).rules as unknown[]).length, compare.ignore.length + 1, id);
  });

  it('is refused where it is already, for an unknown row, and without a reason', () => {
    const table = `version: 1\nroutes:\n  - { id: devices, match: GET /d, stage: legacy, compare: { ignore: ["${REQUEST.path}"] } }\n`;
    assert.throws(() => ignoring(table), code('nothing_to_change'));
    assert.throws(() => ignoring(table, { target: 'nobody' }), code('unknown_target'));
    assert.throws(() => ignoring(table, { why: ' ' }), code('why_required'));
    assert.throws(() => ignoring(table, { path: 'nonsense' }), code('edit_impossible'));
    assert.throws(() => ignoring(table, { path: 'body.x', expires: '2027-02-31' }), code('edit_impossible'));
  });
});
