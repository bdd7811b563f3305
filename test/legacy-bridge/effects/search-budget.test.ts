/** The share of time that may go into searching. */
import assert from 'node:assert/strict';
import { SearchBudget } from '../../../src/legacy-bridge/effects/search-budget.js';

describe('the budget of searches', () => {
  it('is used up by searching and comes back with time; small tables are always searched', () => {
    let now = 0;
    const budget = new SearchBudget(0.25, () => now);
    const search = (ms: number): void => {
      budget.spend(() => {
        now += ms;
      });
    };
    assert.ok(budget.allows(10_000_000));
    search(400);
    assert.equal(budget.allows(10_000_000), false);
    assert.ok(budget.allows(100_000));
    now += 100;
    assert.equal(budget.allows(10_000_000), false);
    now += 200;
    assert.ok(budget.allows(10_000_000));
    now += 1_000_000;
    assert.ok(budget.allows(10_000_000));
    search(400);
    assert.equal(budget.allows(10_000_000), false, 'a long rest saves no more than a second is worth');
  });

  it('counts searches that fail', () => {
    let now = 0;
    const budget = new SearchBudget(1, () => now);
    const failing = (): never => {
      now += 2500;
      throw new Error('planted');
    };
    assert.throws(() => budget.spend(failing), /planted/);
    assert.equal(budget.allows(10_000_000), true, 'the time itself has brought it back');
    const scarce = new SearchBudget(0.1, () => now);
    assert.throws(() => scarce.spend(failing), /planted/);
    assert.equal(scarce.allows(10_000_000), false);
  });
});
