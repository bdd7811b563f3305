/** One-time codes against the vectors of RFC 6238 and of the contract; secrets in the forms that accounts hold. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { newCodeSecret, oneTimeCode, periodOfCode, readCodeSecret } from '../../../src/engine/domain/one-time-code.js';
import { quickest } from '../../kit/quickest.js';

const RFC_SECRET = Buffer.from('12345678901234567890');
const SECRET = 'JBSWY3DPEHPK3PXP';

describe('one-time codes', () => {
  it('are those of RFC 6238, appendix B, in six digits', () => {
    for (const [seconds, code] of [
      [59, '287082'],
      [1_111_111_109, '081804'],
      [1_111_111_111, '050471'],
      [1_234_567_890, '005924'],
      [2_000_000_000, '279037'],
      [20_000_000_000, '353130'],
    ] as const)
      assert.equal(oneTimeCode(RFC_SECRET, Math.floor(seconds / 30)), code);
  });

  it("are the contract's", () => {
    const secret = readCodeSecret(SECRET);
    assert.ok(secret);
    assert.equal(oneTimeCode(secret, Math.floor(1_760_000_000 / 30)), '885822');
  });

  it('are right in their period, the one before and the one after', () => {
    const now = 1_760_000_000_000;
    const current = Math.floor(now / 30_000);
    for (const [distance, expected] of [
      [-2, undefined],
      [-1, current - 1],
      [0, current],
      [1, current + 1],
      [2, undefined],
    ] as const)
      assert.equal(periodOfCode(oneTimeCode(RFC_SECRET, current + distance), RFC_SECRET, now), expected);
    for (const text of ['', '12345', `${oneTimeCode(RFC_SECRET, current)}1`, '٣٣٣٣٣٣'])
      assert.equal(periodOfCode(text, RFC_SECRET, now), undefined);
  });
});

describe('secrets of one-time codes', () => {
  it('are read with blanks, in either case, with and without padding', () => {
    const bytes = readCodeSecret(SECRET);
    assert.deepEqual(readCodeSecret(' jbsw y3dp ehpk 3pxp '), bytes);
    assert.deepEqual(readCodeSecret('MZXW6==='), Buffer.from('foo'));
    assert.deepEqual(readCodeSecret('MZXW6'), Buffer.from('foo'));
  });

  it('of another form are none', () => {
    for (const text of ['', '   ', '!!!', 'JBSWY3DPEHPK3PX1', 'ä', 'A', '===='])
      assert.equal(readCodeSecret(text), undefined);
  });

  it('are read in linear time', () => {
    assert.ok(quickest(() => assert.equal(readCodeSecret(`${'='.repeat(300_000)}A`), undefined)) < 1000);
  });

  it('are made of 32 letters that hold 160 bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        const secret = newCodeSecret(Buffer.from(bytes));
        assert.match(secret, /^[A-Z2-7]{32}$/);
        assert.deepEqual(readCodeSecret(secret), Buffer.from(bytes));
      }),
    );
  });
});
