/** A release of the legacy may make its tables anew while the engine owns jobs: no trigger of the engine hinders it, and jobs keep their side. */
import assert from 'node:assert/strict';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;
const TABLES = [
  'activity_history',
  'ansible_play_recaps',
  'scheduled_job_run_activity',
  'scheduled_job_runs',
  'scheduled_jobs',
  'devices',
];

describe('tables that the legacy makes anew', () => {
  let world: SchedulerWorld;
  let job: number;
  let playbook: number;
  beforeEach(async () => {
    world = await startSchedulerWorld({ now: T });
    [job, playbook] = [1, 2].map(() => world.addJob({ type: 'every_hour', start: T, targets: ['A'] })) as [
      number,
      number,
    ];
    world.report('A');
    await world.tick();
  });
  afterEach(() => world.stop());

  const sqlOf = (table: string) =>
    world.db.prepare("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?").pluck().get(table) as string;
  const named = (table: string, name: string) =>
    sqlOf(table).replace(new RegExp(`^CREATE TABLE "?${table}"?`), `CREATE TABLE ${name}`);
  const statuses = () => [job, playbook].map((id) => world.runs(id)[0]?.status);
  const closeByClock = () =>
    world.db.exec("UPDATE scheduled_job_runs SET status = 'Success', finished_ts = 1 WHERE status = 'Running'");
  const answer = (id: number) =>
    world.db
      .prepare(
        "UPDATE activity_history SET status = 'Success' WHERE id IN (SELECT activity_id FROM scheduled_job_run_activity l JOIN scheduled_job_runs r ON r.id = l.run_id WHERE r.job_id = ?)",
      )
      .run(id);
  const assertHeld = async (): Promise<void> => {
    await world.tick(T + 60);
    const indexes = world.db.prepare("SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'engine_runs_%'").pluck();
    assert.equal(indexes.get(), 2);
    closeByClock();
    assert.deepEqual(statuses(), ['Running', 'Running']);
    const run = world.db.prepare(
      "INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts) VALUES (?, 'B', 1)",
    );
    assert.throws(() => run.run(job), /belongs to the engine/);
    answer(job);
    closeByClock();
    assert.deepEqual(statuses(), ['Success', 'Running']);
    world.db
      .prepare("INSERT INTO ansible_play_recaps (run_id, scheduled_run_id, status) VALUES ('a', ?, 'running')")
      .run(world.runs(playbook)[0]?.id);
    closeByClock();
    assert.deepEqual(statuses(), ['Success', 'Running']);
    world.db.exec("UPDATE ansible_play_recaps SET status = 'Failed'");
    closeByClock();
    assert.deepEqual(statuses(), ['Success', 'Success']);
  };

  for (const table of TABLES) {
    it(`${table}: a copy takes its place`, async () => {
      world.db.exec(
        `BEGIN; ${named(table, 'copied')}; INSERT INTO copied SELECT * FROM ${table}; DROP TABLE ${table}; ALTER TABLE copied RENAME TO ${table}; COMMIT`,
      );
      await assertHeld();
    });

    it(`${table}: it makes way`, async () => {
      const sql = sqlOf(table);
      world.db.exec(
        `BEGIN; ALTER TABLE ${table} RENAME TO older; ${sql}; INSERT INTO ${table} SELECT * FROM older; DROP TABLE older; COMMIT`,
      );
      world.db.exec('ALTER TABLE users ADD COLUMN one_more TEXT; ALTER TABLE sites RENAME TO places');
      world.db.exec('ALTER TABLE places RENAME TO sites');
      await assertHeld();
    });
  }

  it('what ended while there were no triggers is waited for no longer', async () => {
    world.db.exec('DROP TRIGGER engine_word_heard');
    answer(job);
    await world.tick(T + 60);
    closeByClock();
    assert.deepEqual(statuses(), ['Success', 'Running']);
  });

  it('a run of the legacy that is open as its job is taken is waited for, and nothing is left of it when it goes back', async () => {
    await world.wish({ owner: 'legacy', jobs: {} });
    await world.tick();
    const waiting = () => world.db.prepare('SELECT COUNT(*) FROM engine_waiting_activities').pluck().get();
    assert.equal(waiting(), 0);
    await world.wish({ owner: 'engine', jobs: {} });
    assert.equal(waiting(), 2);
    await assertHeld();
    assert.equal(waiting(), 0);
  });

  it('deleted activities and runs are waited for no longer', async () => {
    world.db.exec('DELETE FROM activity_history WHERE id = (SELECT MIN(id) FROM activity_history)');
    closeByClock();
    assert.deepEqual(statuses(), ['Success', 'Running']);
    world.db.exec('DELETE FROM scheduled_jobs; DELETE FROM scheduled_job_runs');
    assert.equal(world.db.prepare('SELECT COUNT(*) FROM engine_waiting_activities').pluck().get(), 0);
  });
});
