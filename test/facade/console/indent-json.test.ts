/** JSON is set on lines without a character of its values changed: differences that count must be seen. */
import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { indentJson } from '../../../src/facade/console/indent-json.js';

describe('JSON as the console shows it', () => {
  it('keeps digits, forms of numbers, and keys that are named twice', () => {
    equal(
      indentJson('{"id":9007199254740993,"x":1.0,"x":1e2,"n":[],"o":{}}'),
      '{\n  "id": 9007199254740993,\n  "x": 1.0,\n  "x": 1e2,\n  "n": [],\n  "o": {}\n}',
    );
  });
  it('is what it would be read and written anew, where that loses nothing', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        equal(indentJson(JSON.stringify(value)), JSON.stringify(value, undefined, 2));
      }),
    );
  });
  it('leaves what is no JSON as it is', () => {
    for (const text of ['', '<p>a, b</p>', '{"a":', 'a:b']) equal(indentJson(text), text);
  });
});
