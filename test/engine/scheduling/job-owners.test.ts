/** A job has one scheduler at a time, and what operators mean by `enabled` survives every change of hands, whichever side they edit at. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import type { SchedulerWish } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;
const ENGINE: SchedulerWish = { owner: 'engine', jobs: {} };
const LEGACY: SchedulerWish = { owner: 'legacy', jobs: {} };

describe('owners of jobs', () => {
  let world: SchedulerWorld;
  beforeEach(async () => {
    world = await startSchedulerWorld({ now: T, wish: null });
  });
  afterEach(() => world.stop());

  /** As the legacy reads it. */
  const column = (id: number): unknown =>
    world.db.prepare('SELECT enabled FROM scheduled_jobs WHERE id = ?').pluck().get(id);
  const meant = async (id: number): Promise<boolean | undefined> =>
    (await world.context().unitOfWork.read(({ scheduledJobs }) => scheduledJobs.find(BigInt(id))))?.enabled;
  const runnable = async (owner: 'engine' | 'legacy'): Promise<number[]> => {
    const rows = await world
      .context()
      .unitOfWork.read(({ scheduledJobs }) => scheduledJobs.listRunnable(owner, 0n, 100));
    return rows.map(({ id }) => Number(id));
  };
  const set = (id: number, enabled: number | null): number =>
    world.db.prepare('UPDATE scheduled_jobs SET enabled = ?, updated_at = 1 WHERE id = ?').run(enabled, id).changes;
  const addJob = (enabled = 1) => world.addJob({ type: 'daily', start: T, targets: ['A'], enabled });
  const triggers = () =>
    world.db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'engine\\_job%' ESCAPE '\\'")
      .pluck()
      .all();
  const writeRun = (job: number, occurrence: number) =>
    world.db
      .prepare(
        "INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts, status) VALUES (?, 'A', ?, 'Running')",
      )
      .run(job, occurrence);

  it('taken, a job rests for the legacy and runs for the engine; given back, it is as it was', async () => {
    const ids = [addJob(1), addJob(0), addJob(5)];
    world.db.exec('UPDATE scheduled_jobs SET enabled = NULL WHERE id = 2');
    await world.wish(ENGINE);
    assert.deepEqual(
      ids.map(column),
      [0, null, 0].map(() => 0),
    );
    assert.deepEqual(await Promise.all(ids.map(meant)), [true, false, true]);
    assert.deepEqual([await runnable('engine'), await runnable('legacy')], [[1], []]);
    await world.wish(LEGACY);
    await world.tick();
    assert.deepEqual(ids.map(column), [1, null, 5]);
    assert.deepEqual([await runnable('engine'), await runnable('legacy')], [[], [1]]);
    assert.deepEqual(triggers(), []);
  });

  it('what either side writes into a taken job is kept for the engine, and for the legacy when it goes back', async () => {
    const [on, off, toggled] = [addJob(0), addJob(1), addJob(1)];
    await world.wish(ENGINE);
    assert.equal(set(on, 1), 1);
    set(off, 0);
    set(toggled, 0);
    set(toggled, 1);
    assert.deepEqual([column(on), column(off), column(toggled)], [0, 0, 0]);
    assert.deepEqual(await Promise.all([on, off, toggled].map(meant)), [true, false, true]);
    await world
      .context()
      .unitOfWork.write(({ scheduledJobs }) => scheduledJobs.change(BigInt(on), { enabled: false }, 1n));
    assert.equal(await meant(on), false);
    await world.wish(LEGACY);
    await world.tick();
    assert.deepEqual([column(on), column(off), column(toggled)], [0, 0, 1]);
  });

  it('holds with recursive triggers, as dry runs have them', async () => {
    const [one, other] = [addJob(0), addJob(1)];
    await world.wish(ENGINE);
    world.db.pragma('recursive_triggers = ON');
    set(one, 1);
    set(other, 0);
    assert.deepEqual([column(one), column(other)], [0, 0]);
    assert.deepEqual([await meant(one), await meant(other)], [true, false]);
    const made = addJob(1);
    assert.deepEqual([column(made), await meant(made)], [0, true]);
  });

  it("a new job is the engine's from its first moment, and a deleted one nobody's", async () => {
    await world.wish(ENGINE);
    const id = addJob();
    assert.deepEqual([column(id), await meant(id)], [0, true]);
    assert.equal((await world.state()).owned_jobs, 1);
    world.db.prepare('DELETE FROM scheduled_jobs WHERE id = ?').run(id);
    assert.equal((await world.state()).owned_jobs, 0);
  });

  it('single jobs have owners of their own, either way, and new jobs the main one', async () => {
    const [kept, given] = [addJob(), addJob()];
    await world.wish({ owner: 'engine', jobs: { [kept]: 'legacy', 999: 'engine' } });
    assert.deepEqual([await runnable('engine'), await runnable('legacy')], [[given], [kept]]);
    await world.wish({ owner: 'legacy', jobs: { [kept]: 'engine' } });
    await world.tick();
    assert.deepEqual([await runnable('engine'), await runnable('legacy')], [[kept], [given]]);
    const made = addJob();
    assert.deepEqual(await runnable('legacy'), [given, made]);
  });

  it('nobody else begins a run of a taken job, and the lock is free after the refusal', async () => {
    const id = addJob();
    await world.wish(ENGINE);
    world.db.exec('BEGIN');
    world.db.prepare("UPDATE scheduled_jobs SET name = 'half done' WHERE id = ?").run(id);
    assert.throws(() => writeRun(id, T), /belongs to the engine/);
    assert.equal(world.db.inTransaction, false);
    assert.equal(world.db.prepare('SELECT name FROM scheduled_jobs').pluck().get(), 'job');
    world.report('A');
    await world.tick();
    assert.equal(world.runs(id).length, 1);
    await world.wish(LEGACY);
    await world.tick();
    writeRun(id, T + 60);
    assert.throws(() => writeRun(id, T), /has a run of this occurrence/);
  });

  it("the legacy's clock ends no run of the engine; the result of its agent does", async () => {
    const [waiting, answered, recapped, playing] = [addJob(), addJob(), addJob(), addJob()];
    await world.wish(ENGINE);
    world.report('A');
    await world.tick();
    const close = world.db.prepare(
      "UPDATE scheduled_job_runs SET status = 'Success', finished_ts = 1 WHERE status = 'Running'",
    );
    const result = world.db.prepare(`
      UPDATE activity_history SET status = 'Success' WHERE id = (
        SELECT activity_id FROM scheduled_job_run_activity l JOIN scheduled_job_runs r ON r.id = l.run_id WHERE r.job_id = ?)`);
    result.run(answered);
    // As a playbook's report without an activity leaves it.
    const recap = world.db.prepare(
      'INSERT INTO ansible_play_recaps (run_id, scheduled_run_id, status) VALUES (?, ?, ?)',
    );
    recap.run('a', world.runs(recapped)[0]?.id, 'Success');
    recap.run('b', world.runs(playing)[0]?.id, 'running');
    close.run();
    const statuses = () => [waiting, answered, recapped, playing].map((id) => world.runs(id)[0]?.status);
    assert.deepEqual(statuses(), ['Running', 'Success', 'Success', 'Running']);
    await world.wish(LEGACY);
    await world.tick();
    close.run();
    assert.deepEqual(statuses(), ['Success', 'Success', 'Success', 'Success']);
  });

  it('goes back only after a tick, in the first 55 seconds of its minute', async () => {
    const id = addJob();
    await world.wish(ENGINE);
    await world.tick(T + 30);
    await world.wish(LEGACY);
    assert.deepEqual([column(id), (await world.state()).pending_hand_back], [0, true]);
    assert.equal((await world.tick(T + 56)).handedBack, 0);
    assert.equal((await world.tick(T + 60 + 55)).handedBack, 1);
    assert.deepEqual([column(id), (await world.state()).pending_hand_back], [1, false]);
  });

  it('serves the minute in which it took a job, though a tick of that minute came before, and its process died after', async () => {
    const [first, second] = [addJob(), addJob()];
    await world.wish({ owner: 'legacy', jobs: { [first]: 'engine' } });
    world.report('A');
    await world.tick(T);
    await world.wish(ENGINE);
    world.restart();
    world.report('A');
    await world.wish(ENGINE);
    await world.tick(T + 120);
    assert.deepEqual(
      [first, second].map((id) => world.runs(id).map((run) => run.scheduled_ts)),
      [[T], [T]],
    );
  });

  it('a job that fails is tried once more before it goes back, and then goes', async () => {
    const id = addJob();
    await world.wish(ENGINE);
    world.db.exec("CREATE TRIGGER stop BEFORE INSERT ON scheduled_job_runs BEGIN SELECT RAISE(ABORT, 'no'); END");
    world.report('A');
    await world.wish(LEGACY);
    assert.deepEqual(pick(await world.tick(T)), [[BigInt(id)], 0]);
    assert.deepEqual(pick(await world.tick(T + 60)), [[BigInt(id)], 1]);
  });

  it('triggers that somebody dropped are made again, and what slipped through is kept', async () => {
    const id = addJob(0);
    await world.wish(ENGINE);
    const names = triggers();
    for (const name of names) world.db.exec(`DROP TRIGGER ${name}`);
    set(id, 1);
    const made = addJob();
    await world.tick();
    assert.deepEqual(triggers().sort(), names.sort());
    assert.deepEqual([column(id), column(made), await meant(id), await meant(made)], [0, 0, true, true]);
  });

  it('an engine that was told nothing takes nothing, and leaves what is owned as it is', async () => {
    const id = addJob();
    await world.wish(ENGINE);
    world.restart();
    const state = await world.state();
    assert.deepEqual([state.told, state.owner, state.owned_jobs], [false, 'engine', 1]);
    await world.tick();
    assert.equal(column(id), 0);
  });

  it('changes hands whole, or not at all', async () => {
    const ids = [addJob(), addJob()];
    const other = new Database(world.db.name, { timeout: 0 });
    try {
      world.db.exec(
        `CREATE TRIGGER stop BEFORE UPDATE OF enabled ON scheduled_jobs WHEN NEW.id = ${ids[1]} BEGIN SELECT RAISE(ABORT, 'no'); END`,
      );
      await assert.rejects(world.wish(ENGINE));
      assert.deepEqual(ids.map(column), [1, 1]);
      assert.equal((await world.state()).owned_jobs, 0);
      assert.equal(other.prepare('SELECT at_work FROM engine_scheduler').pluck().get(), 0);
    } finally {
      other.close();
    }
  });

  function pick({ failed, handedBack }: { readonly failed: readonly bigint[]; readonly handedBack: number }) {
    return [failed, handedBack];
  }
});
