import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import {
  canonicalJson,
  JsonNumber,
  JsonObject,
  readJson,
} from '../../../../src/facade/comparing/compare/json-document.js';

describe('JSON by its tokens', () => {
  it('reads whatever JSON.parse reads, and writes it in a canonical form', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 2), (value, indent) => {
        const document = readJson(JSON.stringify(value, null, indent));
        ok(document !== undefined);
        deepEqual(JSON.parse(canonicalJson(document)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses whatever JSON.parse refuses, but for the words that Python writes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[[\]{}",:\\u0-9a-f.eE+ \n-]{0,12}$/), (text) => {
        const known = accepts(text);
        equal(readJson(text) !== undefined, known, JSON.stringify(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the digits of numbers', () => {
    for (const token of ['1', '1.0', '1.00', '1e0', '-0', '9007199254740993', 'NaN', 'Infinity', '-Infinity']) {
      const value = readJson(token);
      ok(value instanceof JsonNumber);
      equal(value.token, token);
    }
  });

  it('keeps fields that are named twice', () => {
    const value = readJson('{"a":1,"a":2}');
    ok(value instanceof JsonObject);
    deepEqual(value.index.get('a'), [0, 1]);
  });

  it('gives up on nesting that no answer has', () => {
    equal(readJson(`${'['.repeat(100_000)}`), undefined);
    equal(readJson(`${'['.repeat(300)}${']'.repeat(300)}`), undefined);
  });
});

function accepts(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
