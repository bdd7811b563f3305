import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lineDiff } from '../../../src/facade/table/line-diff.js';

/** What `patch` does. */
function applied(before: string, diff: string): string {
  const lines = before.split('\n');
  const result: string[] = [];
  let at = 0;
  for (const line of diff === '' ? [] : diff.split('\n')) {
    const start = /^@@ -(\d+),/.exec(line)?.[1];
    if (start !== undefined) {
      result.push(...lines.slice(at, Number(start) - 1));
      at = Number(start) - 1;
    } else {
      if (line[0] !== '+') {
        assert.equal(lines[at], line.slice(1));
        at += 1;
      }
      if (line[0] !== '-') result.push(line.slice(1));
    }
  }
  return [...result, ...lines.slice(at)].join('\n');
}

describe('lineDiff', () => {
  it('is empty for equal texts', () => assert.equal(lineDiff('a\nb', 'a\nb'), ''));

  it('shows a change with three lines around it', () => {
    assert.equal(
      lineDiff('1\n2\n3\n4\n5\n6\n7\n8\n9', '1\n2\n3\n4\nfive\n6\n7\n8\n9'),
      '@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8',
    );
  });

  it('makes hunks of changes that are far apart', () => {
    const before = Array.from({ length: 40 }, (_unused, index) => String(index));
    const after = before.map((line, index) => (index === 3 || index === 30 ? `${line}!` : line));
    assert.equal(lineDiff(before.join('\n'), after.join('\n')).match(/^@@/gm)?.length, 2);
  });

  it('leads from the one text to the other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 30 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => assert.equal(applied(before, lineDiff(before, after)), after)),
    );
  });

  it('does not compare huge changes line by line', () => {
    const side = (letter: string) => Array.from({ length: 20_000 }, (_unused, index) => `${letter}${index}`).join('\n');
    const started = performance.now();
    assert.match(lineDiff(side('a'), side('b')), /^@@ -1,20000 \+1,20000 @@/);
    assert.ok(performance.now() - started < 5_000);
  });
});
