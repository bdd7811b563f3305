/** The gate's promise, tried out: who looks after every single comparison is misled no more often than it says. */
import assert from 'node:assert/strict';
import { ALPHA, clopperPearson, excludes } from '../../../../src/facade/comparing/gate/share-intervals.js';

/** A small generator with a seed (mulberry32), so that the test says the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Rule = (limit: number, mismatches: number, total: number) => boolean;

const gate: Rule = (limit, mismatches, total) => mismatches / total < limit && excludes(limit, mismatches, total);
/** What the gate must not do: an interval made for one look, looked at again and again. */
const naive: Rule = (limit, mismatches, total) => clopperPearson(mismatches, total, 2 * ALPHA).high < limit;

/** Share of rows that are promoted at some time when somebody looks after each comparison (or each `step`-th). */
function everPromoted(
  rule: Rule,
  {
    rate,
    limit,
    minimum,
    most,
    rows,
    step = 1,
  }: Record<'rate' | 'limit' | 'minimum' | 'most' | 'rows', number> & { step?: number },
): number {
  const random = seeded(20_251_125);
  let promoted = 0;
  for (let row = 0; row < rows; row += 1) {
    let mismatches = 0;
    for (let total = 1; total <= most; total += 1) {
      if (random() < rate) mismatches += 1;
      if (total >= minimum && total % step === 0 && rule(limit, mismatches, total)) {
        promoted += 1;
        break;
      }
    }
  }
  return promoted / rows;
}

describe('the gate under continuous looking', () => {
  it('lets at most 5 % of rows pass whose mismatch rate is at the limit', () => {
    const share = everPromoted(gate, { rate: 0.01, limit: 0.01, minimum: 50, most: 8000, rows: 600 });
    assert.ok(share <= ALPHA, `${share} were promoted`);
  });

  it('lets hardly any pass whose rate is twice the limit', () => {
    assert.ok(everPromoted(gate, { rate: 0.02, limit: 0.01, minimum: 50, most: 8000, rows: 600 }) <= ALPHA / 2);
  });

  it('is needed: an interval for one look, looked at all the time, lets far more pass', () => {
    const share = everPromoted(naive, { rate: 0.01, limit: 0.01, minimum: 50, most: 8000, rows: 200, step: 50 });
    assert.ok(share > 2 * ALPHA, `only ${share} were promoted`);
  });

  it('lets a row without mismatches pass at the default minimum', () => {
    assert.equal(everPromoted(gate, { rate: 0, limit: 0.01, minimum: 500, most: 500, rows: 1 }), 1);
  });

  it('lets nearly all rows pass soon that are five times better than the limit', () => {
    const share = everPromoted(gate, { rate: 0.002, limit: 0.01, minimum: 500, most: 3000, rows: 300 });
    assert.ok(share > 0.95, `${share} were promoted`);
  });
});
