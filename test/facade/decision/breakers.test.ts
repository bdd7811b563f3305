import assert from 'node:assert/strict';
import { Breakers } from '../../../src/facade/decision/breakers.js';
import { silentLog } from '../../kit/silent-log.js';

describe('breakers', () => {
  const build = () => {
    const clock = { now: 1000 };
    const changes: string[] = [];
    const breakers = new Breakers({
      failures: 3,
      openMs: 100,
      now: () => clock.now,
      log: silentLog,
      metrics: { breakerChanged: (row, state) => changes.push(`${row} ${state}`) },
    });
    const fail = (times: number) => {
      for (let i = 0; i < times; i += 1) breakers.failed('a');
    };
    return { clock, changes, breakers, fail };
  };

  it('opens after consecutive failures only', () => {
    const { breakers, fail, changes } = build();
    fail(2);
    breakers.succeeded('a');
    fail(2);
    assert.deepEqual(breakers.admit('a'), { admitted: true, probe: false });
    fail(1);
    assert.deepEqual(breakers.admit('a'), { admitted: false, retryMs: 100 });
    assert.deepEqual(changes, ['a open']);
  });

  it('keeps rows apart', () => {
    const { breakers, fail } = build();
    fail(3);
    assert.equal(breakers.admit('a').admitted, false);
    assert.equal(breakers.admit('b').admitted, true);
  });

  it('lets one request try after the pause, and closes when it succeeds', () => {
    const { breakers, fail, clock, changes } = build();
    fail(3);
    clock.now += 100;
    assert.deepEqual(breakers.admit('a'), { admitted: true, probe: true });
    assert.equal(breakers.admit('a').admitted, false);
    breakers.succeeded('a');
    assert.deepEqual(breakers.admit('a'), { admitted: true, probe: false });
    assert.deepEqual(changes, ['a open', 'a half-open', 'a closed']);
  });

  it('doubles the pause with each failed try, up to 30 times', () => {
    const { breakers, fail, clock } = build();
    fail(3);
    const pauses: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      const refused = breakers.admit('a');
      assert.equal(refused.admitted, false);
      const { retryMs } = refused as { retryMs: number };
      pauses.push(retryMs);
      clock.now += retryMs;
      assert.deepEqual(breakers.admit('a'), { admitted: true, probe: true });
      fail(1);
    }
    assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 3000, 3000]);
  });

  it('gives an abandoned try to the next request', () => {
    const { breakers, fail, clock } = build();
    fail(3);
    clock.now += 100;
    assert.deepEqual(breakers.admit('a'), { admitted: true, probe: true });
    breakers.abandoned('a');
    assert.deepEqual(breakers.admit('a'), { admitted: true, probe: true });
  });

  it('forgets at a flip, and names what is not closed', () => {
    const { breakers, fail } = build();
    fail(3);
    assert.deepEqual([...breakers.states()], [['a', 'open']]);
    breakers.reset('a');
    assert.deepEqual([...breakers.states()], []);
    assert.equal(breakers.admit('a').admitted, true);
  });

  it('forgets all at once when the engine was started anew', () => {
    const { breakers, fail, changes } = build();
    fail(3);
    breakers.failed('b');
    breakers.resetAll();
    assert.equal(breakers.admit('a').admitted, true);
    assert.deepEqual(changes, ['a open', 'a closed']);
  });
});
