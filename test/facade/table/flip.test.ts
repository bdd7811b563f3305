import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import type { FlipRequest } from '../../../src/facade/table/migration-table-store.js';
import type { TABLE_ERROR_CODES } from '../../../src/facade/table/table-error.js';
import { code, type OpenTable, openTable, SMALL_TABLE, stageOf } from './open-table.js';

const BY = { who: 'ann', why: 'a try' };

/** Lines that differ, as [before, after]. */
function changedLines(before: string, after: string): [string, string][] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  assert.equal(a.length, b.length, 'lines were added or removed');
  return a.flatMap((line, index): [string, string][] => (line === b[index] ? [] : [[line, b[index] ?? '']]));
}

describe('flip', () => {
  let table: OpenTable;
  beforeEach(async () => {
    table = await openTable();
  });
  afterEach(() => table.close());

  const flip = (request: Omit<FlipRequest, 'who' | 'why'>) => table.store.flip({ ...BY, ...request });

  it('moves a row written in flow style, and nothing else', async () => {
    const version = await flip({ target: 'inline', stage: 'engine' });
    assert.deepEqual(changedLines(SMALL_TABLE, table.text()), [
      [
        '  - { id: inline, match: GET /inline, stage: legacy } # about inline',
        '  - { id: inline, match: GET /inline, stage: engine } # about inline',
      ],
    ]); // prettier-ignore
    assert.equal(stageOf(table.store.current(), 'inline'), 'engine');
    assert.deepEqual(version.changes, [{ id: 'inline', from: 'legacy', to: 'engine' }]);
    assert.equal(version.version, table.store.current().version);
    assert.match(
      version.diff,
      /^@@ .* @@\n(.*\n)*-.*stage: legacy \} # about inline\n\+.*stage: engine \} # about inline\n/,
    );
  });

  it('moves a row written in block style, with its comment', async () => {
    await flip({ target: 'block', stage: 'engine' });
    assert.deepEqual(changedLines(SMALL_TABLE, table.text()), [
      ['    stage: legacy   # about block', '    stage: engine   # about block'],
    ]);
  });

  it('moves a group, told row by row', async () => {
    const version = await flip({ target: 'pair', stage: 'engine' });
    assert.deepEqual(changedLines(SMALL_TABLE, table.text()), [
      ['  pair: { stage: legacy } # flips as one', '  pair: { stage: engine } # flips as one'],
    ]);
    assert.deepEqual(
      version.changes.map(({ id }) => id),
      ['first', 'second'],
    );
  });

  it('moves rows to the stages that compare', async () => {
    for (const stage of ['shadow', 'verify'] as const) {
      await flip({ target: 'inline', stage });
      assert.equal(stageOf(table.store.current(), 'inline'), stage);
    }
  });

  it('moves the sockets and the default row', async () => {
    await flip({ target: 'sockets', stage: 'engine' });
    await flip({ target: 'default', stage: 'engine' });
    assert.deepEqual(
      changedLines(SMALL_TABLE, table.text()).map(([, after]) => after),
      ['defaults: { stage: engine, timeoutMs: 5000 }', '  stage: engine'],
    );
    const { sockets, defaultRow, routes } = table.store.current();
    assert.deepEqual([sockets.stage, defaultRow.stage], ['engine', 'engine']);
    assert.ok(
      routes.every(({ stage }) => stage === 'legacy'),
      'the default row moved others',
    );
  });

  it('writes a canary, changes its share, and keeps it for the next time', async () => {
    await flip({ target: 'inline', stage: 'canary', percent: 10, by: 'guid' });
    assert.match(table.text(), /stage: canary, canary: \{ percent: 10, by: guid \} \} # about inline/);
    await flip({ target: 'inline', stage: 'canary', percent: 12.5 });
    assert.match(table.text(), /stage: canary, canary: \{ percent: 12.5, by: guid \} \} # about inline/);
    await flip({ target: 'inline', stage: 'legacy' });
    assert.match(table.text(), /stage: legacy, canary: \{ percent: 12.5, by: guid \} \} # about inline/);
    const again = await flip({ target: 'inline', stage: 'canary' });
    assert.deepEqual(again.changes, [{ id: 'inline', from: 'legacy', to: 'canary 12.5 % by guid' }]);
  });

  it('writes a canary below a stage in block style, after its comment', async () => {
    await flip({ target: 'block', stage: 'canary', percent: 5 });
    assert.match(
      table.text(),
      / {4}stage: canary {3}# about block\n {4}canary: \{ percent: 5, by: address \}\n {4}fallback: none\n/,
    );
    await flip({ target: 'block', stage: 'canary', by: 'header:x-tenant' });
    assert.match(table.text(), / {4}canary: \{ percent: 5, by: header:x-tenant \}\n/);
  });

  it('shows beforehand what it would do, without doing it', async () => {
    const shown = table.store.preview({ ...BY, target: 'block', stage: 'engine' });
    assert.equal(table.text(), SMALL_TABLE);
    assert.equal(stageOf(table.store.current(), 'block'), 'legacy');
    const done = await flip({ target: 'block', stage: 'engine' });
    assert.deepEqual({ changes: done.changes, diff: done.diff }, shown);
  });

  it('keeps the mode of the file', async () => {
    const mode = statSync(table.file).mode;
    await flip({ target: 'inline', stage: 'engine' });
    assert.equal(statSync(table.file).mode, mode);
  });

  const refusals: [string, Partial<FlipRequest>, keyof typeof TABLE_ERROR_CODES, RegExp?][] = [
    ['an unknown target', { target: 'inlin' }, 'unknown_target', /did you mean inline\?/],
    ['a task without its prefix', { target: 'approvals-prune' }, 'unknown_target', /mean background:approvals-prune\?/],
    ['a task that the engine lacks', { target: 'background:repo-refresh' }, 'stage_unavailable', /no repo-refresh/],
    [
      'a canary of a task',
      { target: 'background:approvals-prune', stage: 'canary', percent: 1 },
      'stage_unavailable',
      /legacy or engine/,
    ],
    [
      'a task that is there already',
      { target: 'background:approvals-prune', stage: 'legacy' },
      'nothing_to_change',
      /is at legacy/,
    ],
    ['a row of a group', { target: 'first' }, 'in_group', /flip pair/],
    ['a stage that there is not', { stage: 'engines' as 'engine' }, 'stage_unknown', /did you mean engine\?/],
    ['sockets in shadow', { target: 'sockets', stage: 'shadow' }, 'stage_unavailable', /legacy, split or engine/],
    ['a canary of the sockets', { target: 'sockets', stage: 'canary', percent: 1 }, 'stage_unavailable', /sockets/i],
    ['a canary without a share', { stage: 'canary' }, 'percent_required'],
    ['a share beyond all', { stage: 'canary', percent: 100.5 }, 'percent_invalid'],
    ['a share that is no number', { stage: 'canary', percent: Number.NaN }, 'percent_invalid'],
    ['a share for the engine', { stage: 'engine', percent: 5 }, 'percent_unexpected'],
    ['a canary by what is not', { stage: 'canary', percent: 1, by: 'moon' as 'guid' }, 'by_invalid'],
    [
      'a canary by a header that breaks the file',
      { stage: 'canary', percent: 1, by: 'header:x }\n- a' as 'guid' },
      'by_invalid',
    ],
    ['what is so already', { stage: 'legacy' }, 'nothing_to_change', /inline is at legacy/],
    ['no reason', { why: '  ' }, 'why_required'],
    ['no name', { who: '' }, 'who_required'],
    [
      'a row whose requirement is not met',
      { target: 'later' },
      'requires_unmet',
      /later may go beyond shadow only when inline is at canary/,
    ],
    [
      'a group whose requirement is not met',
      { target: 'readers' },
      'requires_unmet',
      /^Refused: readers may .* only when sockets/,
    ],
  ]; // prettier-ignore
  for (const [name, request, expected, message] of refusals) {
    it(`refuses ${name}`, async () => {
      const whole: FlipRequest = { ...BY, target: 'inline', stage: 'engine', ...request };
      const before = table.store.current();
      await assert.rejects(table.store.flip(whole), code(expected, message));
      assert.throws(() => table.store.preview(whole), code(expected, message));
      assert.equal(table.store.current(), before);
      assert.equal(table.text(), SMALL_TABLE);
      assert.equal(table.store.versions(10).length, 1);
    });
  }

  it('is refused when it was decided on an earlier version', async () => {
    const { version } = table.store.current();
    await flip({ target: 'inline', stage: 'shadow' });
    const late = { target: 'inline', stage: 'engine', ifVersion: version } as const;
    await assert.rejects(flip(late), code('table_moved', /decided on version 1, and 2 is in force/));
    await flip({ ...late, ifVersion: version + 1 });
  });

  it('lets a row be compared before its requirements are met, and no further', async () => {
    await flip({ target: 'later', stage: 'shadow' });
    await assert.rejects(
      flip({ target: 'later', stage: 'canary', percent: 1 }),
      code('requires_unmet', /beyond shadow/),
    );
    await flip({ target: 'inline', stage: 'canary', percent: 1 });
    await flip({ target: 'later', stage: 'canary', percent: 1 });
  });

  it('refuses to move back what others require', async () => {
    await flip({ target: 'inline', stage: 'engine' });
    await flip({ target: 'later', stage: 'engine' });
    await assert.rejects(flip({ target: 'inline', stage: 'legacy' }), code('requires_unmet', /later .* inline/));
    await flip({ target: 'inline', stage: 'canary', percent: 1 });
    await flip({ target: 'later', stage: 'legacy' });
    await flip({ target: 'inline', stage: 'legacy' });
  });
});

describe('flips of files in other styles', () => {
  const styles: [string, string, FlipRequest['target'], RegExp][] = [
    [
      'JSON',
      '{"version": 1, "routes": [{"id": "a", "match": "GET /a", "stage": "legacy"}]}',
      'a',
      /"stage": "canary", canary: \{ percent: 3, by: guid \}\}/,
    ],
    [
      'quotes',
      "version: 1\nroutes:\n- id: 'a'\n  stage: 'legacy'\n  match: 'GET /a'",
      'a',
      /\n {2}stage: 'canary'\n {2}canary: \{ percent: 3, by: guid \}\n {2}match/,
    ],
    [
      'the stage beside the dash',
      'version: 1\nroutes:\n  -   stage: legacy # x\n      id: a\n      match: GET /a',
      'a',
      /\n {2}- {3}stage: canary # x\n {6}canary: \{/,
    ],
    [
      'the stage at the very end',
      'version: 1\nroutes:\n  - id: a\n    match: GET /a\n    stage: legacy',
      'a',
      /stage: canary\n {4}canary: \{ percent: 3, by: guid \}$/,
    ],
    [
      'line ends of Windows',
      'version: 1\r\nroutes:\r\n  - id: a\r\n    stage: legacy # x\r\n    match: GET /a\r\n',
      'a',
      /stage: canary # x\r\n {4}canary: \{ percent: 3, by: guid \}\r\n {4}match/,
    ],
    [
      'a byte order mark',
      '\ufeffversion: 1\nroutes: [{ id: a, match: GET /a, stage: legacy }]\n',
      'a',
      /^\ufeffversion/,
    ],
    [
      'a canary in block style',
      'version: 1\nroutes:\n  - id: a\n    match: GET /a\n    stage: legacy\n    canary:\n      # a few\n      percent: 1 # one\n',
      'a',
      /# a few\n {6}percent: 3 # one\n {6}by: guid/,
    ],
    [
      'no defaults',
      'version: 1 # one\n',
      'default',
      /^version: 1 # one\ndefaults: \{ stage: canary, canary: \{ percent: 3, by: guid \} \}\n$/,
    ],
    [
      'defaults without a stage',
      'version: 1\ndefaults:\n  # slow\n  timeoutMs: 9\n',
      'default',
      /# slow\n {2}stage: canary\n {2}canary: \{ percent: 3, by: guid \}\n {2}timeoutMs: 9\n/,
    ],
    [
      'empty defaults',
      'version: 1\ndefaults: {} # none\n',
      'default',
      /defaults: \{ stage: canary, canary: \{ percent: 3, by: guid \} \} # none\n/,
    ],
  ]; // prettier-ignore
  for (const [name, text, target, expected] of styles) {
    it(`takes ${name}`, async () => {
      const table = await openTable({ text });
      try {
        await table.store.flip({ ...BY, target, stage: 'canary', percent: 3, by: 'guid' });
        assert.match(table.text(), expected);
        const { stage, canary } = [...table.store.current().routes, table.store.current().defaultRow][0] ?? {};
        assert.deepEqual({ stage, canary }, { stage: 'canary', canary: { percent: 3, by: 'guid' } });
      } finally {
        await table.close();
      }
    });
  }

  it('adds the sockets to a file that has none', async () => {
    const table = await openTable({ text: 'version: 1\n\nroutes: []\n' });
    try {
      await table.store.flip({ ...BY, target: 'sockets', stage: 'engine' });
      assert.equal(table.text(), 'version: 1\nsockets: { stage: engine }\n\nroutes: []\n');
    } finally {
      await table.close();
    }
  });

  it('refuses a style that it can not change in place, and leaves the file alone', async () => {
    const text = 'version: 1\nroutes:\n  - ? id\n    : a\n    ? match\n    : GET /a\n    ? stage\n    : legacy\n';
    const table = await openTable({ text });
    try {
      await assert.rejects(
        table.store.flip({ ...BY, target: 'a', stage: 'canary', percent: 3 }),
        code('edit_impossible', /by hand/),
      );
      assert.equal(table.text(), text);
      assert.equal(table.store.current().version, 1);
    } finally {
      await table.close();
    }
  });
});
