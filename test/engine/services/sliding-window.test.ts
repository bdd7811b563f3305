/** Limits of calls: what counts, when there is room again, and how much is remembered. */
import assert from 'node:assert/strict';
import { SlidingWindow } from '../../../src/engine/services/sliding-window.js';

describe('sliding window', () => {
  let clock = 0;
  const open = (most: number, mostKeys = 10) => {
    clock = 0;
    return new SlidingWindow({ most, windowMs: 1000, mostKeys, monotonic: () => clock });
  };

  it('lets as many calls pass as it should, and says when the next may', () => {
    const window = open(2);
    assert.equal(window.take('a'), 0);
    clock = 300;
    assert.equal(window.take('a'), 0);
    assert.equal(window.take('a'), 700);
    assert.equal(window.take('b'), 0);
    clock = 999;
    assert.equal(window.take('a'), 1);
    clock = 1000;
    assert.equal(window.take('a'), 0);
    assert.equal(window.take('a'), 300);
  });

  it('counts no refused call', () => {
    const window = open(1);
    window.take('a');
    for (clock = 1; clock < 1000; clock += 100) assert.notEqual(window.take('a'), 0);
    clock = 1000;
    assert.equal(window.take('a'), 0);
  });

  it('forgets the key called longest ago when it is full', () => {
    const window = open(1, 2);
    window.take('a');
    window.take('b');
    window.take('c');
    assert.notEqual(window.take('c'), 0);
    assert.notEqual(window.take('b'), 0);
    assert.equal(window.take('a'), 0);
  });
});
