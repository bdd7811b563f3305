/** What is cut off the ends of texts that callers choose: the same as by regular expressions, in linear time. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cutEnd, cutEnds } from '../../../src/legacy-bridge/values/cut-ends.js';
import { agentGuid, canonicalGuid } from '../../../src/legacy-bridge/values/guid.js';
import { trimmed } from '../../../src/legacy-bridge/values/python-text.js';

const isBlank = (code: number): boolean => code === 0x20;
const someText = fc.string({ unit: fc.constantFrom(' ', 'a', '\u{1f600}', '\n'), maxLength: 12 });
/** Of these a quadratic pattern takes a minute. */
const LENGTH = 300_000;
const LIMIT_MS = 1000;

describe('ends of texts', () => {
  it('are cut as by a regular expression', () => {
    fc.assert(
      fc.property(someText, (text) => {
        assert.equal(cutEnds(text, isBlank), text.replace(/^ +/, '').replace(/ +$/, ''));
        assert.equal(cutEnd(text, isBlank), text.replace(/ +$/, ''));
      }),
    );
  });

  it('are white space to the legacy: that of Unicode and four separators', () => {
    const space: number[] = [];
    for (let code = 0; code <= 0xffff; code += 1) if (trimmed(String.fromCharCode(code)) === '') space.push(code);
    const ranges = [...[0x09, 0x0a, 0x0b, 0x0c, 0x0d], ...[0x1c, 0x1d, 0x1e, 0x1f, 0x20]];
    const wide = Array.from({ length: 11 }, (_, at) => 0x2000 + at);
    const expected = [...ranges, 0x85, 0xa0, 0x1680, ...wide, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000];
    assert.deepEqual(space, expected);
  });

  it('are cut in linear time, with long runs within', () => {
    const started = performance.now();
    const blanks = `a${' '.repeat(LENGTH)}b`;
    assert.equal(trimmed(` ${blanks} `), blanks);
    const braces = `A${'{'.repeat(LENGTH)}B`;
    assert.equal(canonicalGuid(`{${braces}}`), braces);
    assert.equal(agentGuid(braces), 'AB');
    assert.ok(performance.now() - started < LIMIT_MS);
  });
});
