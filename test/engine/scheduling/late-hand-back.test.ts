/** The lock of a hand-back may be had late: a job goes only while the minute lasts that was served, and leaves the legacy time to read it. */
import assert from 'node:assert/strict';
import type { RequestContext } from '../../../src/engine/services/request-context.js';
import { SchedulerHandover } from '../../../src/engine/services/scheduling/scheduler-handover.js';
import type { SchedulerWish } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

const MINUTE = 60;
/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;
const ENGINE: SchedulerWish = { owner: 'engine', jobs: {} };
const LEGACY: SchedulerWish = { owner: 'legacy', jobs: {} };
const NOTHING = { dispatched: 0, expired: 0, timedOut: 0, forgotten: 0, failed: [], failedFirst: [] };

describe('the hand-back whose lock comes late', () => {
  let world: SchedulerWorld;
  let job: number;
  beforeEach(async () => {
    world = await startSchedulerWorld({ now: T, wish: null });
    job = world.addJob({ type: 'every_hour', start: T + 10 * MINUTE, targets: ['A'] });
    await world.wish(ENGINE);
  });
  afterEach(() => world.stop());

  /** A tick of the minute at `T`, the lock being had at this second of it. @returns how many jobs went back */
  async function handBackAt(second: number): Promise<number> {
    world.now = T;
    let isServed = false;
    const run = async (): Promise<typeof NOTHING> => {
      isServed = true;
      return NOTHING;
    };
    const handover = new SchedulerHandover({ run });
    handover.wish(LEGACY);
    const context = world.context();
    const write: RequestContext['unitOfWork']['write'] = (work) =>
      context.unitOfWork.write(async (repositories) => {
        if (isServed) world.now = T + second;
        return await work(repositories);
      });
    const unitOfWork = { read: context.unitOfWork.read.bind(context.unitOfWork), write };
    return (await handover.tick({ ...context, unitOfWork } as RequestContext)).handedBack;
  }
  const shown = (): unknown => world.db.prepare('SELECT enabled FROM scheduled_jobs WHERE id = ?').pluck().get(job);

  it('in the last seconds of its minute, waits', async () => {
    assert.deepEqual([await handBackAt(56), shown()], [0, 0]);
  });

  it('in another minute, which nobody has served yet, waits', async () => {
    assert.deepEqual([await handBackAt(MINUTE), shown()], [0, 0]);
    assert.deepEqual([await handBackAt(MINUTE + 20), shown()], [0, 0]);
  });

  it('by a clock that was set back into a minute before, waits', async () => {
    assert.deepEqual([await handBackAt(-20), shown()], [0, 0]);
  });

  it('as late as it may be, goes', async () => {
    assert.deepEqual([await handBackAt(55), shown()], [1, 1]);
  });
});
