/** Looking for secrets by their form costs no more than the length of a text, whatever a client puts there. */
import assert from 'node:assert/strict';
import {
  NAMED_ARGUMENT,
  NAMED_VALUE,
  SECRET_PATTERNS,
} from '../../../../src/facade/comparing/redaction/secret-patterns.js';
import { testRedactor } from '../../../kit/comparison-input.js';
import { quickest } from '../../../kit/quickest.js';

const LENGTH = 200_000;
/** Each makes a pattern begin anew at each of its pieces. */
const PIECES = [
  ...['eyJJJJJJJJJ', 'argon2$$fyff++', 'A+', 'A.A', '+A', 'bearer ', 'token\t', 'a:', 'ab= ', 'ab="', 'a://', 'a://b'],
  ...['scrypt:', '-----BEGIN PRIVATE KEY', '-----BEGIN ', 'a', ' ', '\\'],
  ...['-', '-a', '-ab ', "-ab '", '-ab  '],
];

describe('secret patterns', () => {
  for (const { kind, pattern } of [
    ...SECRET_PATTERNS,
    { kind: 'named', pattern: NAMED_VALUE },
    { kind: 'argument', pattern: NAMED_ARGUMENT },
  ])
    it(`${kind} in linear time`, () => {
      for (const piece of PIECES) {
        const text = piece.repeat(LENGTH / piece.length);
        assert.ok(quickest(() => text.replace(pattern, '')) < 1000, piece);
      }
    });

  it('find a token that something stands before, and nothing else of it', () => {
    const token = `eyJ${'a'.repeat(30)}.${'b'.repeat(40)}.${'c'.repeat(40)}`;
    const shown = testRedactor.text(`a-prefix-${token} and a.b.${token}`);
    assert.match(shown, /^a-prefix-\[redacted:token:[0-9a-f]{8}\] and a\.b\.\[redacted:token:[0-9a-f]{8}\]$/);
  });
});
