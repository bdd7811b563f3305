/** The scheduler ticks when it is told what is its own, and in the first second of each minute, wherever its clock is set to. */
import assert from 'node:assert/strict';
import { SchedulerLoop } from '../../../src/engine/background/scheduler-loop.js';
import { EngineError } from '../../../src/engine/domain/engine-error.js';
import type { RequestContext } from '../../../src/engine/services/request-context.js';
import type { SchedulerHandover } from '../../../src/engine/services/scheduling/scheduler-handover.js';
import type { SchedulerWish } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { silentLog } from '../../kit/silent-engine-log.js';

const MINUTE = 60_000;
const ENGINE: SchedulerWish = { owner: 'engine', jobs: {} };

describe('engine: scheduler loop', () => {
  let now = 0;
  /** Moments at which it ticked. */
  let ticks: number[];
  let isNeeded: boolean;
  let takes: () => Promise<boolean>;
  let inTick: () => Promise<void>;
  let onTick: () => void;
  let loop: SchedulerLoop;
  beforeEach(() => {
    now = 100 * MINUTE + 20_000;
    ticks = [];
    isNeeded = true;
    takes = async () => isNeeded;
    inTick = async () => undefined;
    onTick = () => undefined;
    const handover = {
      wish: () => undefined,
      take: () => takes(),
      isNeeded: async () => isNeeded,
      tick: async () => {
        ticks.push(now);
        onTick();
        await inTick();
        return {
          minute: 0n,
          taken: 0,
          handedBack: 0,
          dispatched: 0,
          expired: 0,
          timedOut: 0,
          forgotten: 0,
          failed: [],
        };
      },
    };
    loop = new SchedulerLoop({
      handover: handover as unknown as SchedulerHandover,
      contextFor: () => ({}) as RequestContext,
      clock: { now: () => now },
      log: silentLog,
      ...{ lookMs: 1, retryMs: 1 },
    });
  });
  afterEach(() => loop.close());

  const ticked = async (count: number): Promise<void> => {
    while (ticks.length < count)
      await new Promise<void>((resolve) => {
        onTick = resolve;
      });
  };
  /** Long enough for some looks at the clock. */
  const someLooks = () => new Promise((resolve) => setTimeout(resolve, 15));

  it('at once, and then as soon as each minute has begun', async () => {
    await loop.own(ENGINE);
    await ticked(1);
    await someLooks();
    assert.equal(ticks.length, 1);
    now = 101 * MINUTE + 3;
    await ticked(2);
    await someLooks();
    assert.deepEqual(ticks, [100 * MINUTE + 20_000, 101 * MINUTE + 3]);
  });

  it('when the clock is set, in either direction', async () => {
    await loop.own(ENGINE);
    await ticked(1);
    now -= 10 * MINUTE;
    await ticked(2);
    now += 600 * MINUTE;
    await ticked(3);
  });

  it('again after a failure, and again when it is told something else', async () => {
    let failures = 2;
    inTick = async () => {
      if (failures-- > 0) throw new EngineError('database_busy');
    };
    await loop.own(ENGINE);
    await ticked(3);
    await someLooks();
    assert.equal(ticks.length, 3);
    await loop.own({ owner: 'legacy', jobs: {} });
    await ticked(4);
  });

  it('when jobs could not be taken, so that they are tried again', async () => {
    takes = async () => {
      throw new EngineError('database_busy');
    };
    await assert.rejects(loop.own(ENGINE), /database_busy/);
    await ticked(1);
  });

  it('never while nothing is its own, and no more once nothing is', async () => {
    isNeeded = false;
    await loop.own({ owner: 'legacy', jobs: {} });
    assert.equal(loop.running, false);
    isNeeded = true;
    await loop.own(ENGINE);
    await ticked(1);
    isNeeded = false;
    now += MINUTE;
    await ticked(2);
    await someLooks();
    assert.equal(loop.running, false);
    isNeeded = true;
    await loop.own(ENGINE);
    await ticked(3);
  });

  it('never twice at once; closing waits for the tick under way', async () => {
    let end = (): void => undefined;
    inTick = () =>
      new Promise((resolve) => {
        end = resolve;
      });
    await loop.own(ENGINE);
    await ticked(1);
    await loop.own({ owner: 'engine', jobs: { 1: 'legacy' } });
    now += MINUTE;
    await someLooks();
    assert.equal(ticks.length, 1);
    let closed = false;
    const closing = loop.close().then(() => {
      closed = true;
    });
    await someLooks();
    assert.equal(closed, false);
    end();
    await closing;
    await loop.own(ENGINE);
    assert.equal(ticks.length, 1);
  });
});
