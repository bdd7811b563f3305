/** Jobs change hands rightly, and lose no minute, though a wish changes meanwhile, processes die, and tables are made anew. */
import assert from 'node:assert/strict';
import type { RequestContext } from '../../../src/engine/services/request-context.js';
import { SchedulerHandover } from '../../../src/engine/services/scheduling/scheduler-handover.js';
import type { SchedulerWish } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;
const ENGINE: SchedulerWish = { owner: 'engine', jobs: {} };
const LEGACY: SchedulerWish = { owner: 'legacy', jobs: {} };

describe('owners of jobs, in trouble', () => {
  let world: SchedulerWorld;
  beforeEach(async () => {
    world = await startSchedulerWorld({ now: T, wish: null });
  });
  afterEach(() => world.stop());

  const occurrences = (jobId: number) => world.runs(jobId).map((run) => ((run.scheduled_ts ?? 0) - T) / MINUTE);
  const column = (id: number): unknown =>
    world.db.prepare('SELECT enabled FROM scheduled_jobs WHERE id = ?').pluck().get(id);
  const stopRuns = () =>
    world.db.exec("CREATE TRIGGER stop BEFORE INSERT ON scheduled_job_runs BEGIN SELECT RAISE(ABORT, 'busy'); END");
  const restart = async (at: number, wish: SchedulerWish) => {
    world.restart();
    world.now = at;
    world.report('A');
    await world.wish(wish);
  };

  it('the minute in which a job failed is made up for by the next process, for as long as late ticks do', async () => {
    await world.wish(ENGINE);
    await world.tick(T - HOUR);
    const id = world.addJob({ type: 'every_hour', start: T, targets: ['A'] });
    const tickAt = (at: number) => {
      world.now = at;
      world.report('A');
      return world.tick();
    };
    stopRuns();
    for (const at of [T, T + 60, T + 120]) assert.deepEqual((await tickAt(at)).failed, [BigInt(id)]);
    world.db.exec('DROP TRIGGER stop');
    await restart(T + 240, ENGINE);
    await world.tick();
    assert.deepEqual(occurrences(id), [0]);
    stopRuns();
    for (let at = T + HOUR; at <= T + HOUR + 300; at += 60) await tickAt(at);
    world.db.exec('DROP TRIGGER stop');
    await tickAt(T + HOUR + 300);
    assert.deepEqual(occurrences(id), [0]);
    await tickAt(T + 2 * HOUR);
    assert.deepEqual(occurrences(id), [0, 120]);
  });

  /** The unit of work, with something done before a write of this number. */
  function beforeWrite(number: number, act: () => Promise<void> | void): RequestContext {
    const context = world.context();
    let writes = 0;
    const write: typeof context.unitOfWork.write = async (work) => {
      writes += 1;
      if (writes === number) await act();
      return await context.unitOfWork.write(work);
    };
    return { ...context, unitOfWork: { read: (work) => context.unitOfWork.read(work), write } };
  }

  const idleHandover = (): SchedulerHandover =>
    new SchedulerHandover({
      run: async () => ({ dispatched: 0, expired: 0, timedOut: 0, forgotten: 0, failed: [], failedFirst: [] }),
    });

  it('a job that was wished to be kept while its hand-back waited for the lock stays', async () => {
    const id = world.addJob({ type: 'every_hour', start: T + 600, targets: ['A'] });
    await world.wish(ENGINE);
    const handover = idleHandover();
    handover.wish(LEGACY);
    const report = await handover.tick(
      beforeWrite(2, async () => {
        handover.wish(ENGINE);
        await handover.take(world.context());
      }),
    );
    assert.deepEqual([report.handedBack, column(id), (await world.state()).owned_jobs], [0, 0, 1]);
  });

  it('a take that waited for the lock goes by the wish of that moment', async () => {
    const id = world.addJob({ type: 'every_hour', start: T + 600, targets: ['A'] });
    const handover = idleHandover();
    handover.wish(LEGACY);
    await handover.tick(beforeWrite(1, () => handover.wish(ENGINE)));
    assert.equal(column(id), 0);
  });

  it('what no tick gives back goes in the end, whichever process was told: where ticks die', async () => {
    const id = world.addJob({ type: 'every_hour', start: T + HOUR, targets: ['A'] });
    await world.wish(ENGINE);
    await world.tick(T - 120);
    await world.wish(LEGACY);
    world.db.exec(
      "CREATE TRIGGER die BEFORE UPDATE OF last_minute ON engine_scheduler BEGIN SELECT RAISE(ABORT, 'x'); END",
    );
    for (const at of [T - 60, T, T + 61, T + 120]) {
      await restart(at, LEGACY);
      await assert.rejects(world.tick());
      assert.equal(column(id), 0, `at ${at - T}`);
    }
    await restart(T + 180, LEGACY);
    await assert.rejects(world.tick());
    assert.equal(column(id), 1);
  });

  it('where they come to their end too late in their minute', async () => {
    const id = world.addJob({ type: 'every_hour', start: T + HOUR, targets: ['A'] });
    await world.wish(ENGINE);
    await world.tick(T);
    await world.wish(LEGACY);
    for (const at of [T + 56, T + 119, T + 179]) assert.equal((await world.tick(at)).handedBack, 0);
    const { handedBack, overdue } = await world.tick(T + 239);
    assert.deepEqual([handedBack, overdue, column(id)], [1, 1, 1]);
  });

  it('an engine that was down with such jobs serves them first', async () => {
    const id = world.addJob({ type: 'every_hour', start: T, targets: ['A'] });
    await world.wish(ENGINE);
    await world.tick(T - 120);
    await world.wish(LEGACY);
    await restart(T + 180, LEGACY);
    const { handedBack, overdue } = await world.tick();
    assert.deepEqual([handedBack, overdue, column(id), occurrences(id)], [1, 0, 1, [0]]);
  });

  it('a job that fails goes back after its second tick, though that is another process', async () => {
    const id = world.addJob({ type: 'every_hour', start: T, targets: ['A'] });
    await world.wish(ENGINE);
    stopRuns();
    world.report('A');
    await world.wish(LEGACY);
    assert.equal((await world.tick()).handedBack, 0);
    await restart(T + 60, LEGACY);
    const { handedBack, overdue } = await world.tick();
    assert.deepEqual([handedBack, overdue, column(id)], [1, 0, 1]);
  });

  it('a wish that was taken back is no longer old', async () => {
    const id = world.addJob({ type: 'every_hour', start: T, targets: ['A'] });
    await world.wish(ENGINE);
    await world.wish(LEGACY);
    await world.wish(ENGINE);
    world.now = T + HOUR;
    await world.wish(LEGACY);
    world.report('A');
    const { handedBack, dispatched } = await world.tick();
    assert.deepEqual([handedBack, dispatched, column(id)], [1, 1, 1]);
  });

  it('a job that was edited since does not run a minute for which it may have been off', async () => {
    const [off, on] = [1, 2].map(() => world.addJob({ type: 'every_hour', start: T - HOUR, targets: ['A'] }));
    world.db
      .prepare(
        "INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts, status) SELECT id, 'A', ?, 'Success' FROM scheduled_jobs",
      )
      .run(T - HOUR);
    world.db.prepare('UPDATE scheduled_jobs SET updated_at = ? WHERE id = ?').run(T + 40, off);
    world.now = T + 65;
    await world.wish(ENGINE);
    world.report('A');
    await world.tick();
    assert.deepEqual(
      [off, on].map((id) => occurrences(id ?? 0)),
      [[-60], [-60, 0]],
    );
  });

  it('a job that was made before the first tick ever came to its end is made up for, from its making on', async () => {
    world.now = T - 10 * MINUTE;
    await world.wish(ENGINE);
    const hourly = { type: 'every_hour', start: T - 2 * HOUR, targets: ['A'] };
    const [before, after] = [T - 10 * MINUTE, T + 30].map((created) => world.addJob({ ...hourly, created }));
    await restart(T + 120, ENGINE);
    await world.tick();
    assert.deepEqual(
      [before, after].map((id) => occurrences(id ?? 0)),
      [[0], []],
    );
  });

  it('a table that is made anew between ticks leaves each job with its owner, and as it was meant', async () => {
    const [on, off] = [1, 0].map((enabled) =>
      world.addJob({ type: 'daily', start: T + HOUR, targets: ['A'], enabled }),
    );
    await world.wish(ENGINE);
    const sql = world.db.prepare("SELECT sql FROM sqlite_master WHERE name = 'scheduled_jobs'").pluck().get() as string;
    world.db.exec(`ALTER TABLE scheduled_jobs RENAME TO older; ${sql}`);
    await world.tick();
    await world.tick(T + 60);
    world.db.exec('INSERT INTO scheduled_jobs SELECT * FROM older; DROP TABLE older');
    await world.tick(T + 120);
    assert.equal((await world.state()).owned_jobs, 2);
    await world.wish(LEGACY);
    await world.tick();
    assert.deepEqual(
      [on, off].map((id) => column(id ?? 0)),
      [1, 0],
    );
  });

  it('an owner whose job does not come back keeps no hand-back waiting, and is forgotten after a day', async () => {
    const id = world.addJob({ type: 'daily', start: T + HOUR, targets: ['A'] });
    await world.wish({ owner: 'legacy', jobs: { [id]: 'engine' } });
    world.db.exec('DROP TRIGGER engine_job_gone; DELETE FROM scheduled_jobs');
    await world.wish(LEGACY);
    await world.tick();
    const told = await world.state();
    assert.deepEqual([told.owned_jobs, told.pending_hand_back], [1, false]);
    await world.tick(T + DAY);
    assert.equal((await world.state()).owned_jobs, 1);
    await world.tick(T + DAY + 1);
    await world.tick(T + DAY + 60);
    assert.equal((await world.state()).owned_jobs, 0);
  });

  it('a file of an older build gets the columns that it lacks', async () => {
    const id = world.addJob({ type: 'daily', start: T + HOUR, targets: ['A'] });
    await world.wish(ENGINE);
    for (const name of ['behind_since', 'pending_since', 'gone_since'])
      world.db.exec(`ALTER TABLE engine_job_owners DROP COLUMN ${name}`);
    world.db.exec('ALTER TABLE engine_scheduler DROP COLUMN stuck_ticks');
    await world.wish(LEGACY);
    assert.equal((await world.tick()).handedBack, 1);
    assert.equal(column(id), 1);
  });
});
