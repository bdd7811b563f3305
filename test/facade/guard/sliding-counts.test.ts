import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BUCKETS, SlidingCounts } from '../../../src/facade/guard/sliding-counts.js';

/** What has to be counted, by keeping every event: those of the running bucket and of the 29 before it. */
function expected(
  events: readonly (readonly [at: number, field: number])[],
  field: number,
  now: number,
  bucketMs: number,
) {
  const running = Math.floor(now / bucketMs);
  return events.filter(([at, of]) => of === field && Math.floor(at / bucketMs) > running - BUCKETS).length;
}

describe('SlidingCounts', () => {
  it('counts as if every event had been kept, at any times and pauses', () => {
    const step = fc.record({
      field: fc.integer({ min: 0, max: 2 }),
      pauseMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 50, noNaN: true }), fc.integer({ min: 0, max: 5000 })),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.integer({ min: 1, max: 120_000 }),
        fc.integer({ min: 0, max: 1e9 }),
        (steps, windowMs, start) => {
          const counts = new SlidingCounts(3, windowMs);
          const events: [number, number][] = [];
          let now = start;
          for (const { field, pauseMs } of steps) {
            now += pauseMs;
            counts.add(field, now);
            events.push([now, field]);
            for (const one of [0, 1, 2])
              assert.equal(counts.total(one), expected(events, one, now, windowMs / BUCKETS), `field ${one} at ${now}`);
          }
        },
      ),
    );
  });

  it('holds an event for 29 to 30 thirtieths of the window', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.integer({ min: 30, max: 100_000 }),
        (at, windowMs) => {
          const counts = new SlidingCounts(1, windowMs);
          counts.add(0, at);
          counts.moveTo(at + windowMs * (29 / 30) * 0.999);
          assert.equal(counts.total(0), 1);
          counts.moveTo(at + windowMs * 1.001);
          assert.equal(counts.total(0), 0);
        },
      ),
    );
  });

  it('counts amounts, and forgets nothing while nobody moves it', () => {
    const counts = new SlidingCounts(2, 1000);
    counts.add(0, 5, 40);
    counts.add(1, 5, 2);
    assert.deepEqual([counts.total(0), counts.total(1)], [40, 2]);
    counts.moveTo(1e6);
    assert.deepEqual([counts.total(0), counts.total(1)], [0, 0]);
  });

  it('counts into the running bucket when its clock stumbles', () => {
    const counts = new SlidingCounts(1, 300);
    counts.add(0, 10_000);
    counts.add(0, 9000);
    assert.equal(counts.total(0), 2);
    counts.moveTo(10_300);
    assert.equal(counts.total(0), 0);
  });

  it('refuses what its own code can not mean', () => {
    assert.throws(() => new SlidingCounts(1, 0), TypeError);
    assert.throws(() => new SlidingCounts(0, 10), TypeError);
    assert.throws(() => new SlidingCounts(1, 10).add(1, 0), TypeError);
  });
});
