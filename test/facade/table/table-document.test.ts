import assert from 'node:assert/strict';
import { checkTable } from '../../../src/facade/table/check-table.js';
import { MAX_TABLE_BYTES } from '../../../src/facade/table/table-document.js';
import { formatProblem } from '../../../src/facade/table/table-error.js';

function problems(text: string): string[] {
  const started = performance.now();
  const check = checkTable({ file: 't.yaml', text, version: 1 });
  assert.ok(performance.now() - started < 5_000, 'refusing takes too long');
  return check.ok ? [] : check.problems.map(formatProblem);
}

describe('table files that would cost a lot', () => {
  it('refuses aliases, so that a few lines can not stand for billions of nodes', () => {
    const bomb = ['version: 1', 'a: &a [x, x, x, x, x, x, x, x, x]'];
    for (let level = 0; level < 12; level += 1)
      bomb.push(`b${level}: &b${level} [${Array(9).fill(level === 0 ? '*a' : `*b${level - 1}`)}]`);
    const found = problems(bomb.join('\n'));
    assert.ok(
      found.some((problem) => /^t.yaml:2: expected values written out, found the anchor &a$/.test(problem)),
      found[0],
    );
    assert.ok(found.some((problem) => /^t.yaml:3: expected values written out, found the alias \*a/.test(problem)));
  });

  it('refuses deep nesting before it is parsed', () => {
    for (const deep of ['['.repeat(100_000), '{a: '.repeat(100_000), '- '.repeat(100_000), '? '.repeat(100_000)])
      assert.deepEqual(problems(`version: 1\nroutes:\n${deep}`), ['t.yaml:3: expected at most 32 levels of nesting']);
  });

  it('refuses deep nesting by indentation', () => {
    const deep = Array.from({ length: 900 }, (_unused, level) => `${' '.repeat(level)}k:`).join('\n');
    assert.match(problems(`version: 1\n${deep}`).join('\n'), /expected/);
  });

  it('refuses texts beyond its size', () => {
    assert.deepEqual(problems(`version: 1\n#${'x'.repeat(MAX_TABLE_BYTES)}`), [
      `t.yaml: expected at most ${MAX_TABLE_BYTES} bytes, found ${MAX_TABLE_BYTES + 12}`,
    ]);
  });

  it('takes a thousand rows', () => {
    const rows = Array.from(
      { length: 1000 },
      (_unused, index) => `  - { id: r${index}, match: GET /r/${index}, stage: legacy }`,
    );
    assert.deepEqual(problems(`version: 1\nroutes:\n${rows.join('\n')}\n`), []);
  });
});
