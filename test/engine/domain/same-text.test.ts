/** The comparison of what callers send: right for texts of any length and script. */
import assert from 'node:assert/strict';
import { sameText } from '../../../src/engine/domain/same-text.js';

describe('comparing texts', () => {
  it('tells equal ones from others', () => {
    for (const text of ['', 'a', 'Zoë', 'x'.repeat(10_000)]) assert.equal(sameText(text, text), true);
    for (const [given, expected] of [
      ['', 'a'],
      ['a', 'A'],
      ['abc', 'abd'],
      ['ab', 'abc'],
      ['ë', 'xx'],
    ] as const)
      assert.equal(sameText(given, expected), false);
  });
});
