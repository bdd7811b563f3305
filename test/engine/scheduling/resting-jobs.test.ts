/** A trip to the engine and back stops no job that the engine alone refused, and those that rest at the legacy by its own rules are named. */
import assert from 'node:assert/strict';
import { handBackAll } from '../../../src/engine/services/scheduling/hand-back-all.js';
import type { SchedulerWish } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { LegacyScheduler } from '../../kit/legacy-scheduler.js';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

const MINUTE = 60;
/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;
const ENGINE: SchedulerWish = { owner: 'engine', jobs: {} };
const LEGACY: SchedulerWish = { owner: 'legacy', jobs: {} };
const MISSING = [{ type: 'script', path: 'gone.json' }];

describe('jobs that come back from the engine', () => {
  let world: SchedulerWorld;
  beforeEach(async () => {
    world = await startSchedulerWorld({ now: T, wish: null });
  });
  afterEach(() => world.stop());

  const addJob = (job: {
    type?: string;
    targets?: readonly string[];
    components?: readonly unknown[];
    enabled?: number;
  }) => world.addJob({ type: 'every_5_minutes', start: T, targets: ['A'], ...job });
  /** Jobs that the legacy's scheduler runs within this many minutes from now on. */
  const runByLegacy = async (minutes: number): Promise<readonly number[]> => {
    const told = new Set<number>();
    const legacy = new LegacyScheduler({
      ...{ file: world.db.name, now: () => world.now, online: () => new Set(['A']) },
      gate: async () => undefined,
      tell: (jobId) => told.add(jobId),
    });
    try {
      const from = world.now;
      for (let minute = 1; minute <= minutes; minute += 1) {
        world.now = from + minute * MINUTE;
        await legacy.tick();
      }
    } finally {
      legacy.close();
    }
    return [...told];
  };
  /** One occurrence of each at the engine. What went to agents of these jobs fails. */
  const serve = async (failing: readonly number[]): Promise<void> => {
    await world.wish(ENGINE);
    world.report('A');
    await world.tick();
    for (const id of failing)
      world.db.prepare("UPDATE scheduled_job_runs SET status = 'Failed', finished_ts = ? WHERE job_id = ?").run(T, id);
  };

  it('go on where the engine had nothing to run, and rest where their agents failed, which is told', async () => {
    const before = addJob({});
    const insert = world.db.prepare(
      "INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts, status, created_at) VALUES (?, 'A', ?, 'Failed', 1)",
    );
    insert.run(before, T + 3600);
    const [refused, failed, fine] = [addJob({ components: MISSING }), addJob({}), addJob({})];
    const twice = addJob({ targets: ['A', 'A'] });
    const off = addJob({ enabled: 0 });
    const once = addJob({ type: 'once', components: MISSING });
    await serve([failed]);
    assert.deepEqual(
      [refused, once].map((id) => world.runs(id)[0]?.status),
      ['Failed', 'Failed'],
    );
    await world.wish(LEGACY);
    await world.tick(T + 20);
    const [run] = world.runs(refused);
    assert.deepEqual([run?.status, run?.finished_ts], ['Expired', T]);
    assert.match(run?.error ?? '', /^Nothing to run/);
    assert.equal(world.runs(once)[0]?.status, 'Failed');
    assert.deepEqual((await world.state()).resting_jobs, [before, failed, twice]);
    assert.deepEqual(await runByLegacy(9), [refused, fine]);
    assert.deepEqual(world.runs(off), []);
  });

  it('the same without an engine', async () => {
    const [refused, failed] = [addJob({ components: MISSING }), addJob({})];
    await serve([failed]);
    const done = await handBackAll(world.context().unitOfWork, BigInt(T + 20));
    assert.deepEqual([done.jobs, done.resting], [2, [BigInt(failed)]]);
    assert.deepEqual(await runByLegacy(9), [refused]);
  });

  it('those that the engine takes again are named no longer', async () => {
    const failed = addJob({});
    await serve([failed]);
    await world.wish(LEGACY);
    await world.tick();
    assert.deepEqual((await world.state()).resting_jobs, [failed]);
    await world.wish(ENGINE);
    assert.deepEqual((await world.state()).resting_jobs, []);
  });
});
