import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  chanceBound,
  judge,
  type RequestCounts,
  type WindowCounts,
} from '../../../src/facade/guard/guard-judgement.js';
import { GUARD_DEFAULTS } from '../../../src/facade/table/guard-config.js';

const NONE: RequestCounts = { requests: 0, errors: 0, timeouts: 0 };
const QUIET: WindowCounts = { ...NONE, compared: 0, mismatches: 0, inARow: 0, timeoutsInARow: 0 };

describe('the judgement of a window', () => {
  const judged = (window: Partial<WindowCounts>, legacy: Partial<RequestCounts> = {}, config = {}) =>
    judge({ ...QUIET, ...window }, { ...NONE, ...legacy }, { ...GUARD_DEFAULTS, ...config });

  it('names errors, timeouts and mismatches above their limits, with the counts', () => {
    assert.deepEqual(judged({ requests: 60, errors: 12 }, { requests: 8000, errors: 8 }), {
      cause: 'errors',
      evidence:
        '12 of 60 requests to the engine in the last 60 s failed (20 %, allowed are 5 %; the legacy: 8 of 8000, 0.1 %)',
    });
    assert.equal(judged({ requests: 60, timeouts: 12 })?.cause, 'timeouts');
    assert.deepEqual(judged({ compared: 200, mismatches: 11 }), {
      cause: 'mismatches',
      evidence: '11 of 200 comparisons in the last 60 s were mismatches (5.5 %, allowed are 5 %)',
    });
  });

  it('concludes nothing from a handful, nor at the limit itself', () => {
    assert.equal(judged({ requests: 19, errors: 19, timeouts: 0 }), undefined);
    assert.equal(judged({ compared: 19, mismatches: 19 }), undefined);
    assert.equal(judged({ requests: 20, errors: 1 }), undefined);
    assert.equal(judged({ requests: 20, errors: 2 })?.cause, 'errors');
  });

  it('lets a row be whose legacy failed as often, whatever its limit', () => {
    const legacy = { requests: 2000, errors: 100 };
    assert.equal(judged({ requests: 100, errors: 5 }, legacy, { errorRate: 0.02 }), undefined);
    assert.equal(judged({ requests: 100, errors: 9 }, legacy, { errorRate: 0.02 }), undefined, 'by chance');
    assert.equal(judged({ requests: 100, errors: 30 }, legacy, { errorRate: 0.02 })?.cause, 'errors');
    assert.equal(judged({ requests: 100, timeouts: 30 }, legacy, { timeoutRate: 0.02 })?.cause, 'timeouts');
  });

  it('takes no yardstick from a handful of requests to the legacy', () => {
    assert.equal(judged({ requests: 100, errors: 50 }, { requests: 10, errors: 10 })?.cause, 'errors');
  });

  it('moves nobody whose legacy fails alike, in the long run', () => {
    let seed = 42;
    const random = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    const legacy = { requests: 10_000, errors: 500, timeouts: 0 };
    // A day of windows at 50 requests each, every one failing with the legacy's own chance of 5 %, against a limit of 2 %.
    let trips = 0;
    for (let window = 0; window < 1440; window += 1) {
      const errors = Array.from({ length: 50 }, random).filter((value) => value < 0.05).length;
      if (judged({ requests: 50, errors }, legacy, { errorRate: 0.02 }) !== undefined) trips += 1;
    }
    assert.equal(trips, 0);
  });

  it('bounds the chance of a count from above', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.nat(),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, k, p) => {
          const count = k % (n + 1);
          assert.ok(chanceBound(count, n, p) >= tail(count, n, p) - 1e-12);
        },
      ),
    );
    assert.equal(chanceBound(3, 20, 0), 0);
  });
});

/** The exact chance of `count` or more of `total`. */
function tail(count: number, total: number, rate: number): number {
  let sum = 0;
  let term = (1 - rate) ** total;
  for (let k = 0; k <= total; k += 1) {
    if (k >= count) sum += term;
    term *= ((total - k) / (k + 1)) * (rate / (1 - rate));
  }
  return sum;
}
