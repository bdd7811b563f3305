/** Runs that are open, and hosts that are waited for, cost a tick little, however many they are. */
import assert from 'node:assert/strict';
import type { Repositories } from '../../../src/engine/repositories/unit-of-work.js';
import { timeOutRuns } from '../../../src/engine/services/scheduling/time-out-runs.js';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;
const HOSTS = Array.from({ length: 450 }, (_, index) => `H${index}`);
const MOST_AT_ONCE = 200;

describe('open runs', () => {
  let world: SchedulerWorld;
  beforeEach(async () => {
    world = await startSchedulerWorld({ now: T });
  });
  afterEach(() => world.stop());

  it('only those that are overdue are read, and ended in transactions of a few', async () => {
    world.addJob({ type: 'once', start: T, targets: HOSTS });
    const soon = world.addJob({ type: 'once', start: T, targets: HOSTS, expiration: '2h' });
    const over = world.addJob({ type: 'once', start: T, targets: HOSTS, expiration: '1m' });
    world.report(...HOSTS);
    await world.tick();
    const context = world.context();
    const reads: number[] = [];
    const writes: number[] = [];
    const watched = ({ scheduledRuns, ...others }: Repositories): Repositories => ({
      ...others,
      scheduledRuns: new Proxy(scheduledRuns, {
        get: (target, name) => {
          if (name === 'timeOut') writes.push((writes.pop() ?? 0) + 1);
          if (name !== 'listRunning') return (Reflect.get(target, name) as () => unknown).bind(target);
          return async (...values: Parameters<typeof target.listRunning>) => {
            const runs = await target.listRunning(...values);
            reads.push(runs.length);
            return runs;
          };
        },
      }),
    });
    const unitOfWork = {
      read: <T>(work: (repositories: Repositories) => Promise<T>) =>
        context.unitOfWork.read((repositories) => work(watched(repositories))),
      write: <T>(work: (repositories: Repositories) => Promise<T>) => {
        writes.push(0);
        return context.unitOfWork.write((repositories) => work(watched(repositories)));
      },
    };
    assert.equal(await timeOutRuns(BigInt(T + 60), { ...context, unitOfWork }), HOSTS.length);
    assert.equal(
      reads.reduce((sum, count) => sum + count, 0),
      HOSTS.length,
    );
    assert.ok(Math.max(...reads, ...writes) <= MOST_AT_ONCE, `${reads} ${writes}`);
    assert.deepEqual([...new Set(world.runs(over).map(({ status }) => status))], ['Timed Out']);
    assert.deepEqual([...new Set(world.runs(soon).map(({ status }) => status))], ['Running']);
  });

  it('an expiration of any length is read', async () => {
    const ids = ['9'.repeat(30), `-${'9'.repeat(30)}`, '-5m'].map((digits) =>
      world.addJob({
        type: 'once',
        start: T,
        targets: ['A'],
        expiration: digits.endsWith('m') ? digits : `${digits}d`,
      }),
    );
    world.report('A');
    await world.tick();
    assert.equal((await world.tick(T + 60)).timedOut, 2);
    assert.deepEqual(
      ids.map((id) => world.runs(id)[0]?.status),
      ['Running', 'Timed Out', 'Timed Out'],
    );
  });

  it('a large job whose hosts are all too late does not hold the database while they expire', async () => {
    world.addJob({ type: 'once', start: T, targets: HOSTS, expiration: '0m' });
    const ticking = world.tick();
    let most = 0;
    let before = 0;
    let isOver = false;
    void ticking.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      const count = world.runs().length;
      most = Math.max(most, count - before);
      before = count;
    }
    assert.equal((await ticking).expired, HOSTS.length);
    assert.ok(most <= MOST_AT_ONCE, `${most} at once`);
  });
});
