/** Limits of attempts: by account, by address, by both; what was right does not count; bounded whatever is sent. */
import assert from 'node:assert/strict';
import { AttemptLimits } from '../../../src/engine/services/attempt-limits.js';

const SIZES = { mostOfBoth: 2, mostOfAccount: 4, mostOfAddress: 3, windowMs: 1000 };

describe('attempt limits', () => {
  let now = 0;
  let limits: AttemptLimits;
  beforeEach(() => {
    now = 0;
    limits = new AttemptLimits({ ...SIZES, monotonic: () => now });
  });

  it('count an account from one address, and tell when there is room again', () => {
    assert.equal(limits.take('admin', '10.0.0.1'), 0);
    now = 300;
    assert.equal(limits.take('ADMIN', '10.0.0.1'), 0);
    assert.equal(limits.take('admin', '10.0.0.1'), 700);
    now = 1001;
    assert.equal(limits.take('admin', '10.0.0.1'), 0);
  });

  it('count an account from everywhere', () => {
    for (const last of [1, 2, 3, 4]) assert.equal(limits.take('admin', `10.0.0.${last}`), 0);
    assert.ok(limits.take('admin', '10.0.0.5') > 0);
    assert.equal(limits.take('dana', '10.0.0.5'), 0);
  });

  it('count an address whatever account it tries', () => {
    for (const name of ['a', 'b', 'c']) assert.equal(limits.take(name, '10.0.0.1'), 0);
    assert.ok(limits.take('d', '10.0.0.1') > 0);
    assert.equal(limits.take('d', '10.0.0.2'), 0);
  });

  it('count a network of IPv6 as one address', () => {
    const addresses = ['2001:db8::1', '2001:DB8:0:0:ffff::2', '2001:0db8:0000:0000:1:2:3:4'];
    for (const [index, address] of addresses.entries()) assert.equal(limits.take(`u${index}`, address), 0);
    assert.ok(limits.take('x', '2001:db8::77') > 0);
    assert.equal(limits.take('x', '2001:db8:0:1::77'), 0);
    assert.equal(limits.take('x', '::1'), 0);
  });

  it('take a refused attempt back from those limits that had room', () => {
    for (const _ of [1, 2]) limits.take('admin', '10.0.0.1');
    for (let n = 0; n < 50; n += 1) assert.ok(limits.take('admin', '10.0.0.1') > 0);
    assert.equal(limits.take('dana', '10.0.0.1'), 0);
    assert.equal(limits.take('admin', '10.0.0.2'), 0);
  });

  it('forget what was right', () => {
    for (let n = 0; n < 50; n += 1) {
      assert.equal(limits.take('admin', '10.0.0.1'), 0);
      limits.giveBack('admin', '10.0.0.1');
    }
  });
});
