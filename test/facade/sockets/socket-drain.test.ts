import assert from 'node:assert/strict';
import { SocketDrain } from '../../../src/facade/sockets/socket-drain.js';
import { SocketError } from '../../../src/facade/sockets/socket-error.js';
import { fakeSocketClock } from '../../kit/ws-client-clock.js';

const WISH = { side: 'legacy', why: 'maintenance', who: 'ops' } as const;

function setUp(count: number, gone: readonly number[] = [], ages: readonly number[] = []) {
  const clock = fakeSocketClock();
  const start = clock.now();
  const closedAt: number[] = [];
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  const registry = {
    ids: () => ids,
    openedAt: (id: number) => (gone.includes(id) ? undefined : start - (ages[id - 1] ?? 60_000)),
    close: (id: number) => {
      if (gone.includes(id)) return false;
      closedAt.push(clock.now() - start);
      return true;
    },
  };
  let stepped = 0;
  const step = (ms: number): void => {
    stepped += ms;
  };
  return { clock, closedAt, step, drain: new SocketDrain({ registry, clock, wallClock: () => clock.now() + stepped }) };
}

describe('SocketDrain', () => {
  it('closes the n-th socket n/rate seconds after the first', () => {
    const { clock, closedAt, drain } = setUp(5);
    drain.drain({ ...WISH, ratePerSecond: 4 });
    clock.advance(10_000);
    assert.deepEqual(closedAt, [0, 250, 500, 750, 1000]);
  });

  it('spares sockets until they have settled, and makes up for it by no burst', () => {
    const { clock, closedAt, drain } = setUp(6, [], [60_000, 20_000, 10_000, 10_000, 10_000, 1_000]);
    const { progress } = drain.drain({ ...WISH, ratePerSecond: 2 });
    assert.equal(progress.remainingMs, 14_000);
    clock.advance(30_000);
    assert.deepEqual(closedAt, [0, 500, 5_000, 5_500, 6_000, 14_000]);
  });

  it('is neither held up nor made hasty by a clock that is set', () => {
    const { clock, closedAt, drain, step } = setUp(3, [], [60_000, 60_000, 5_000]);
    drain.drain({ ...WISH, ratePerSecond: 1 });
    step(-3_600_000);
    clock.advance(1_000);
    step(7_200_000);
    clock.advance(15_000);
    assert.deepEqual(closedAt, [0, 1_000, 10_000]);
  });

  it('a rate below one per second is kept', () => {
    const { clock, closedAt, drain } = setUp(3);
    drain.drain({ ...WISH, ratePerSecond: 0.5 });
    clock.advance(10_000);
    assert.deepEqual(closedAt, [0, 2000, 4000]);
  });

  it('a rate above a hundred closes several at once and keeps its mean', () => {
    const { clock, closedAt, drain } = setUp(1001);
    drain.drain({ ...WISH, ratePerSecond: 1000 });
    clock.advance(10_000);
    assert.equal(closedAt.length, 1001);
    assert.equal(closedAt.at(-1), 1000);
    assert.ok(closedAt.filter((at) => at <= 500).length <= 501);
  });

  it('sockets that went by themselves take no turn', async () => {
    const { clock, closedAt, drain } = setUp(4, [2, 3]);
    const { ended } = drain.drain({ ...WISH, ratePerSecond: 1 });
    clock.advance(1_000);
    assert.deepEqual(closedAt, [0, 1000]);
    const { state, closed, gone, total } = await ended;
    assert.deepEqual([state, closed, gone, total], ['done', 2, 2, 4]);
  });

  it('reports how far it is', () => {
    const { clock, drain } = setUp(10);
    assert.equal(drain.progress(), undefined);
    drain.drain({ ...WISH, ratePerSecond: 2 });
    clock.advance(1_000);
    const progress = drain.progress();
    assert.deepEqual(
      [progress?.state, progress?.closed, progress?.remainingMs, progress?.why, progress?.who],
      ['running', 3, 3500, 'maintenance', 'ops'],
    );
  });

  it('cancelled, it closes no more and leaves no timer', async () => {
    const { clock, closedAt, drain } = setUp(10);
    const { ended } = drain.drain({ ...WISH, ratePerSecond: 1 });
    clock.advance(2_000);
    assert.equal(drain.cancel()?.state, 'cancelled');
    clock.advance(20_000);
    assert.equal(closedAt.length, 3);
    assert.equal(clock.waiting(), 0);
    assert.equal((await ended).state, 'cancelled');
    assert.equal(drain.cancel(), undefined);
  });

  it('one at a time', () => {
    const { clock, drain } = setUp(3);
    drain.drain({ ...WISH, ratePerSecond: 1 });
    assert.throws(() => drain.drain({ ...WISH, ratePerSecond: 1 }), { code: 'drain_running' });
    clock.advance(5_000);
    assert.doesNotThrow(() => drain.drain({ ...WISH, ratePerSecond: 1 }));
  });

  it('with nothing open it is done at once', async () => {
    const { drain } = setUp(0);
    assert.equal((await drain.drain({ ...WISH, ratePerSecond: 1 }).ended).state, 'done');
  });

  const bad: [string, object, string, RegExp][] = [
    ['no rate', { ratePerSecond: 0 }, 'drain_rate_invalid', /^ratePerSecond: expected .* found 0$/],
    ['a rate that is no number', { ratePerSecond: Number.NaN }, 'drain_rate_invalid', /found NaN/],
    ['an absurd rate', { ratePerSecond: 1e9 }, 'drain_rate_invalid', /at most 10000/],
    ['no such side', { side: 'other' }, 'drain_side_invalid', /expected legacy or engine, found other/],
    ['no reason', { why: ' ' }, 'drain_why_missing', /^why:/],
  ];
  for (const [name, part, code, message] of bad) {
    it(`refuses ${name}`, () => {
      const { drain } = setUp(1);
      assert.throws(
        () => drain.drain({ ...WISH, ratePerSecond: 1, ...part }),
        (error) => error instanceof SocketError && error.code === code && message.test(error.message),
      );
    });
  }
});
