import assert from 'node:assert/strict';
import { setTimeout as later } from 'node:timers/promises';
import { EventLoopMonitor } from '../../../src/facade/metrics/event-loop-lag.js';

describe('EventLoopMonitor', () => {
  it('sees a blocked loop, without the pause that its own timer plans', async () => {
    let now = 0;
    const monitor = new EventLoopMonitor(() => now);
    try {
      await later(50);
      const until = performance.now() + 200;
      while (performance.now() < until);
      await later(30);
      const { p50, p99 } = monitor.read();
      assert.ok(p99 >= 0.15 && p99 < 5, `p99 ${p99}`);
      assert.ok(p50 < 0.1, `p50 ${p50}`);
      now = 5000;
      assert.equal(monitor.read().p99, p99);
      assert.equal(monitor.read().p99, 0);
    } finally {
      monitor.close();
    }
  });
});
