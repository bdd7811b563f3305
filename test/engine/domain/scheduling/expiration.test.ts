/** Expiration texts, odd ones included. */
import assert from 'node:assert/strict';
import { expirationSeconds } from '../../../../src/engine/domain/scheduling/expiration.js';

describe('expiration', () => {
  const read: readonly (readonly [text: string, seconds: bigint | undefined])[] = [
    ...(['', '  ', 'no_expire', '5', 'm', '90s', '1.5h', '-', 'whenever', '1 w', '5x', '1_0'] as const).map(
      (text) => [text, undefined] as const,
    ),
    ...([
      ['2m', 120n],
      ['01m', 60n],
      [' 2M ', 120n],
      ['1 m', 60n],
      ['-5m', -300n],
      ['0m', 0n],
      ['4h', 14_400n],
      ['9d', 777_600n],
      ['15', 900n],
      ['00', 0n],
      ['90', 5400n],
      ['99999999999999999999d', 99_999_999_999_999_999_999n * 86_400n],
    ] as const),
  ];
  for (const [text, seconds] of read)
    it(`"${text}" is ${seconds ?? 'none'}`, () => {
      assert.equal(expirationSeconds(text), seconds);
    });
});
