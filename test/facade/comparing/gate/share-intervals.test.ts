import assert from 'node:assert/strict';
import { betaQuantile, logGamma, regularisedBeta } from '../../../../src/facade/comparing/gate/beta-distribution.js';
import { anytimeUpperBound, clopperPearson, excludes } from '../../../../src/facade/comparing/gate/share-intervals.js';

/** P(X >= hits) of a binomial, by adding up its terms: another way to the same numbers. */
function atLeast(hits: number, total: number, rate: number): number {
  let sum = 0;
  for (let k = hits; k <= total; k += 1)
    sum += Math.exp(
      logGamma(total + 1) -
        logGamma(k + 1) -
        logGamma(total - k + 1) +
        k * Math.log(rate) +
        (total - k) * Math.log1p(-rate),
    );
  return sum;
}

const near = (found: number, expected: number, within = 1e-9) =>
  assert.ok(Math.abs(found - expected) <= within * Math.max(1, Math.abs(expected)), `${found} is not ${expected}`);

describe('the beta distribution', () => {
  it('knows the logarithm of factorials', () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n += 1) {
      factorial *= n;
      near(logGamma(n + 1), Math.log(factorial), 1e-13);
    }
    near(logGamma(0.5), Math.log(Math.sqrt(Math.PI)), 1e-13);
  });

  it('agrees with sums of binomial terms', () => {
    for (const [hits, total, rate] of [
      [1, 5, 0.3],
      [3, 20, 0.05],
      [50, 400, 0.13],
      [7, 5000, 0.001],
      [400, 1000, 0.41],
    ] as const)
      near(regularisedBeta(rate, hits, total - hits + 1), atLeast(hits, total, rate), 1e-10);
  });

  it('is inverted to the last digits', () => {
    for (const [share, a, b] of [
      [0.975, 1, 100],
      [0.025, 3, 998],
      [0.5, 0.5, 0.5],
    ] as const)
      near(regularisedBeta(betaQuantile(share, a, b), a, b), share, 1e-10);
  });

  it('has its ends', () => {
    assert.equal(regularisedBeta(0, 2, 3), 0);
    assert.equal(regularisedBeta(1, 2, 3), 1);
  });
});

describe("Clopper and Pearson's interval", () => {
  it('has the closed form at 0 and at all', () => {
    near(clopperPearson(0, 100).high, 1 - 0.025 ** (1 / 100));
    assert.equal(clopperPearson(0, 100).low, 0);
    near(clopperPearson(100, 100).low, 0.025 ** (1 / 100));
    assert.equal(clopperPearson(100, 100).high, 1);
  });

  it('is the published one for 10 of 100', () => {
    const { low, high } = clopperPearson(10, 100);
    assert.equal(low.toFixed(5), '0.04900');
    assert.equal(high.toFixed(5), '0.17622');
  });

  it('has each tail at 2.5 %', () => {
    const { low, high } = clopperPearson(3, 1000);
    near(atLeast(3, 1000, low), 0.025, 1e-8);
    near(1 - atLeast(4, 1000, high), 0.025, 1e-8);
  });

  it('says nothing of nothing', () => assert.deepEqual(clopperPearson(0, 0), { low: 0, high: 1 }));

  it('refuses what is no count', () => {
    for (const [hits, total] of [
      [-1, 5],
      [6, 5],
      [0.5, 5],
      [Number.NaN, 5],
    ] as const)
      assert.throws(() => clopperPearson(hits, total), TypeError);
  });
});

describe('the bound that holds at any time', () => {
  it('is where exclusion begins', () => {
    for (const [hits, total] of [
      [0, 500],
      [3, 2000],
      [40, 50],
    ] as const) {
      const bound = anytimeUpperBound(hits, total);
      assert.ok(excludes(bound * 1.0001, hits, total));
      assert.ok(!excludes(bound * 0.9999, hits, total));
    }
  });

  it('lies above the one that is looked at once, and below thrice that for few mismatches', () => {
    for (const total of [500, 5000, 50_000]) {
      const once = clopperPearson(0, total, 0.1).high;
      const bound = anytimeUpperBound(0, total);
      assert.ok(bound > once && bound < 3 * once, `${total}: ${bound} against ${once}`);
    }
  });

  it('knows nothing before anything was counted', () => {
    assert.equal(anytimeUpperBound(0, 0), 1);
    assert.equal(anytimeUpperBound(5, 5), 1);
  });
});
