import assert from 'node:assert/strict';
import { PollingPins } from '../../../src/facade/sockets/polling-pins.js';
import { fakeSocketClock } from '../../kit/ws-client-clock.js';

const opened = (sid: string) => ({ sid, pingIntervalMs: 25_000, pingTimeoutMs: 20_000 });

function setUp(most = 100) {
  const clock = fakeSocketClock();
  const released: string[] = [];
  const pins = new PollingPins({
    clock,
    most,
    marginMs: 15_000,
    released: ({ sid }, why) => released.push(`${sid} ${why}`),
  });
  return { clock, released, pins };
}

describe('PollingPins', () => {
  it('remembers the side that opened a session', () => {
    const { pins } = setUp();
    pins.add(opened('a'), 'legacy');
    pins.add(opened('b'), 'engine');
    pins.add(opened('a'), 'engine');
    assert.deepEqual([pins.find('a')?.side, pins.find('b')?.side, pins.find('c')], ['legacy', 'engine', undefined]);
  });

  it('forgets a session that was silent for interval, timeout and margin, and looks no more when there is none', () => {
    const { pins, clock, released } = setUp();
    pins.add(opened('a'), 'legacy');
    clock.advance(60_000);
    assert.equal(pins.find('a')?.side, 'legacy');
    clock.advance(15_001);
    assert.deepEqual(released, ['a idle']);
    assert.equal(clock.waiting(), 0);
  });

  it('a request counts from its beginning to its end', () => {
    const { pins, clock, released } = setUp();
    pins.add(opened('a'), 'legacy');
    const end = pins.use('a');
    clock.advance(600_000);
    assert.equal(pins.find('a')?.side, 'legacy');
    end();
    end();
    clock.advance(59_000);
    assert.deepEqual(released, []);
    clock.advance(20_000);
    assert.deepEqual(released, ['a idle']);
  });

  it('beyond the bound the longest unused goes', () => {
    const { pins, released } = setUp(2);
    pins.add(opened('a'), 'legacy');
    pins.add(opened('b'), 'legacy');
    pins.use('a')();
    pins.add(opened('c'), 'legacy');
    assert.deepEqual(released, ['b evicted']);
    assert.equal(pins.size, 2);
  });

  it('a drained session is remembered as that until it idles out', () => {
    const { pins, clock } = setUp();
    pins.add(opened('a'), 'legacy');
    pins.drain('a');
    assert.equal(pins.find('a')?.drained, true);
    clock.advance(80_000);
    assert.equal(pins.find('a'), undefined);
  });

  it('close releases all and leaves no timer', () => {
    const { pins, clock, released } = setUp();
    pins.add(opened('a'), 'legacy');
    pins.close();
    assert.deepEqual(released, ['a shutdown']);
    assert.equal(clock.waiting(), 0);
  });
});
