import assert from 'node:assert/strict';
import { LoadShedder } from '../../../src/facade/shadowing/load-shedder.js';

const shedder = (random = () => 0.5) =>
  new LoadShedder({ maxLagMs: 20, maxBusyPercent: 80, maxCoreWaitPercent: 10, random });

const reading = (lagMs: number, busyPercent: number, coreWaitPercent = 0) => ({ lagMs, busyPercent, coreWaitPercent });

describe('LoadShedder', () => {
  it('lets all through while the loop has time', () => {
    const one = shedder(() => 0.999);
    for (let look = 0; look < 10; look += 1) one.look(reading(5, 79));
    assert.equal(one.share, 1);
    assert.ok(one.admits());
  });

  it('goes down by halves while the loop is late or busy, to nothing', () => {
    const one = shedder();
    one.look(reading(21, 0));
    assert.equal(one.share, 0.5);
    one.look(reading(0, 81));
    assert.equal(one.share, 0.25);
    assert.ok(!one.admits());
    one.look(reading(0, 0, 11));
    assert.equal(one.share, 0.125);
    for (let look = 0; look < 5; look += 1) one.look(reading(0, 100));
    assert.equal(one.share, 0);
    assert.ok(!shedderAt(0).admits());
  });

  it('comes back step by step, within a second', () => {
    const one = shedder();
    for (let look = 0; look < 10; look += 1) one.look(reading(100, 100));
    for (let look = 0; look < 19; look += 1) one.look(reading(0, 0));
    assert.ok(one.share < 1 && one.share > 0.9, String(one.share));
    for (let look = 0; look < 2; look += 1) one.look(reading(0, 0));
    assert.equal(one.share, 1);
  });

  it('notices a loop that is blocked', async () => {
    const one = shedder();
    one.watch();
    try {
      const until = performance.now() + 200;
      while (performance.now() < until);
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.ok(one.share < 1, String(one.share));
    } finally {
      one.close();
    }
  });
});

/** One that lets nothing through, whatever the chance. */
function shedderAt(random: number): LoadShedder {
  const one = shedder(() => random);
  for (let look = 0; look < 20; look += 1) one.look(reading(100, 100));
  return one;
}
