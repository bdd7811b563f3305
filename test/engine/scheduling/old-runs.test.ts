/** Runs are forgotten after their days, but for those of a job's latest occurrence: without them its hosts would be served it again. */
import assert from 'node:assert/strict';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

const MINUTE = 60;
const DAY = 86_400;
/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;
/** How the legacy forgets (scheduler 7.3). */
const FORGET_AS_LEGACY = 'DELETE FROM scheduled_job_runs WHERE COALESCE(finished_ts, started_ts, scheduled_ts, 0) < ?';

describe('old runs', () => {
  let world: SchedulerWorld;
  beforeEach(async () => {
    world = await startSchedulerWorld({ now: T });
  });
  afterEach(() => world.stop());

  const end = (host: string, at: number) =>
    world.db
      .prepare("UPDATE scheduled_job_runs SET status = 'Failed', finished_ts = ? WHERE target_hostname = ?")
      .run(at, host);
  const shown = (jobId: number) =>
    world.runs(jobId).map((run) => `${run.target_hostname} ${(run.scheduled_ts ?? 0) - T}`);
  const tickAt = (at: number, ...hosts: readonly string[]) => {
    world.now = at;
    world.report(...hosts);
    return world.tick();
  };

  it('a job that ran once never runs again, though its hosts ended far apart and both sides forget', async () => {
    const id = world.addJob({ type: 'once', start: T, targets: ['A', 'B'] });
    await tickAt(T, 'A');
    await tickAt(T + 10 * MINUTE, 'A', 'B');
    end('A', T + 20);
    end('B', T + 700);
    world.emitted();
    for (const at of [T + 30 * DAY + 21, T + 30 * DAY + 60, T + 30 * DAY + 760, T + 61 * DAY]) {
      world.db.prepare(FORGET_AS_LEGACY).run(at - 30 * DAY);
      const { dispatched, forgotten } = await tickAt(at, 'A', 'B');
      assert.deepEqual([dispatched, forgotten], [0, 0]);
    }
    assert.deepEqual(shown(id), ['A 0', 'B 0']);
    assert.deepEqual(world.emitted(), []);
  });

  it('what the latest occurrence replaced goes, within a day', async () => {
    const id = world.addJob({ type: 'weekly', start: T, targets: ['A'] });
    await tickAt(T, 'A');
    end('A', T + 5);
    await tickAt(T + 31 * DAY, 'A');
    assert.deepEqual(shown(id), ['A 0']);
    await tickAt(T + 35 * DAY, 'A');
    assert.deepEqual(shown(id), ['A 0', `A ${35 * DAY}`]);
    await tickAt(T + 36 * DAY, 'A');
    assert.deepEqual(shown(id), [`A ${35 * DAY}`]);
  });

  it('pages of runs that are kept do not hide those behind them', async () => {
    const hosts = Array.from({ length: 1100 }, (_, index) => `H${index}`);
    world.addJob({ type: 'once', start: T, targets: hosts });
    const other = world.addJob({ type: 'every_hour', start: T, targets: ['A'] });
    await tickAt(T, 'A', ...hosts);
    await tickAt(T + 60 * MINUTE, 'A');
    const { forgotten } = await tickAt(T + 31 * DAY);
    assert.deepEqual([forgotten, world.runs().length, shown(other)], [1, 1101, [`A ${60 * MINUTE}`]]);
  });

  it('runs of deleted jobs go as before, and operators may clear all but the latest', async () => {
    const [gone, kept] = [1, 2].map(() => world.addJob({ type: 'once', start: T, targets: ['A'] }));
    await tickAt(T, 'A');
    world.db.prepare('DELETE FROM scheduled_jobs WHERE id = ?').run(gone);
    const { forgotten } = await tickAt(T + 31 * DAY);
    assert.deepEqual([forgotten, world.runs().map((run) => run.job_id)], [1, [kept]]);
    world.db.prepare('UPDATE engine_scheduler SET at_work = 1').run();
    world.db
      .prepare("INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts) VALUES (?, 'A', ?)")
      .run(kept, T - DAY);
    world.db.prepare('UPDATE engine_scheduler SET at_work = 0').run();
    world.db.prepare('DELETE FROM scheduled_job_runs WHERE job_id = ? AND scheduled_ts < ?').run(kept, T);
    assert.deepEqual(shown(kept ?? 0), ['A 0']);
  });

  it('where foreign keys are enforced, the runs of a job can go with it', async () => {
    const id = world.addJob({ type: 'once', start: T, targets: ['A'] });
    await tickAt(T, 'A');
    world.db.exec('DELETE FROM scheduled_job_run_activity');
    world.db.pragma('foreign_keys = ON');
    world.db.prepare('DELETE FROM scheduled_jobs WHERE id = ?').run(id);
    assert.deepEqual(world.runs(id), []);
  });

  it('the legacy forgets those of its own jobs as ever', async () => {
    const id = world.addJob({ type: 'once', start: T, targets: ['A'] });
    await tickAt(T, 'A');
    await world.wish({ owner: 'legacy', jobs: {} });
    await world.tick();
    world.db.prepare(FORGET_AS_LEGACY).run(T + 1);
    assert.deepEqual(world.runs(id), []);
  });
});
