import assert from 'node:assert/strict';
import { ByteBudget } from '../../../src/facade/shadowing/byte-budget.js';
import { KeptBytes } from '../../../src/facade/shadowing/kept-bytes.js';

describe('KeptBytes', () => {
  it('keeps copies, in order, counted against the budget until they are released', () => {
    const budget = new ByteBudget(10);
    const kept = new KeptBytes(8, budget, 'answer_too_large');
    const chunk = Buffer.from('abc');
    assert.ok(kept.add(chunk));
    chunk.fill(0);
    assert.ok(kept.add(Buffer.from('de')));
    assert.equal(kept.bytes().toString(), 'abcde');
    assert.equal(budget.used, 5);
    kept.release();
    kept.release();
    assert.equal(budget.used, 0);
  });

  it('lets go of a body that is too large, at once and for good', () => {
    const budget = new ByteBudget(100);
    const kept = new KeptBytes(4, budget, 'request_too_large');
    assert.ok(kept.add(Buffer.alloc(4)));
    assert.ok(!kept.add(Buffer.alloc(1)));
    assert.equal(kept.refused, 'request_too_large');
    assert.equal(budget.used, 0);
    assert.ok(!kept.add(Buffer.alloc(1)));
  });

  it('lets go when all bodies together are too large', () => {
    const budget = new ByteBudget(5);
    const first = new KeptBytes(4, budget, 'answer_too_large');
    const second = new KeptBytes(4, budget, 'answer_too_large');
    assert.ok(first.add(Buffer.alloc(3)));
    assert.ok(!second.add(Buffer.alloc(3)));
    assert.equal(second.refused, 'memory');
    assert.equal(budget.used, 3);
  });
});
