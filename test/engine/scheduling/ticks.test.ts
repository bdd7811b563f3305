/** What ticks do beyond what was recorded: each occurrence goes out once, and none is lost to lateness, restarts or a failing job. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { namedZone } from '../../kit/named-zone.js';
import { type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** Seconds from one occurrence to the next; others have one. */
const PERIODS: Readonly<Record<string, number>> = { every_5_minutes: 300, every_10_minutes: 600, every_hour: 3600 };
/** Tuesday, 2026-03-10 14:20:00 UTC. */
const T = 1_773_152_400;

describe('ticks', () => {
  let world: SchedulerWorld;
  beforeEach(async () => {
    world = await startSchedulerWorld({ now: T });
  });
  afterEach(() => world.stop());

  const occurrences = (jobId: number, hostname = 'A') =>
    world
      .runs(jobId)
      .filter((run) => run.target_hostname === hostname)
      .map(({ scheduled_ts: at }) => ((at ?? 0) - T) / MINUTE);
  /** Ticks each minute, with all hosts online. */
  const passMinutes = async (count: number, hosts: readonly string[] = ['A', 'B']): Promise<void> => {
    for (let minute = 0; minute < count; minute += 1) {
      world.report(...hosts);
      await world.tick();
      world.now += MINUTE;
    }
  };

  it('a recurring job goes on after failures, silence and missing hosts', async () => {
    const id = world.addJob({ type: 'every_5_minutes', start: T, targets: ['A', 'B', 'A'] });
    await passMinutes(6, ['A']);
    world.db.prepare("UPDATE scheduled_job_runs SET status = 'Failed'").run();
    await passMinutes(10, ['A']);
    assert.deepEqual(occurrences(id), [0, 5, 10, 15]);
    assert.deepEqual(occurrences(id, 'B'), []);
  });

  it('a host that comes online late is served the occurrence that stands, once', async () => {
    const id = world.addJob({ type: 'every_hour', start: T, targets: ['A', 'B'] });
    await passMinutes(20, ['A']);
    await passMinutes(20, ['A', 'B']);
    assert.deepEqual([occurrences(id), occurrences(id, 'B')], [[0], [0]]);
  });

  it('a recurring job whose first start nobody could serve runs at its next one', async () => {
    const id = world.addJob({ type: 'every_hour', start: T - 30 * MINUTE, targets: ['A'] });
    await passMinutes(40);
    assert.deepEqual(occurrences(id), [30]);
  });

  it('of a late first start and an occurrence that is due right now, the latter runs', async () => {
    const id = world.addJob({ type: 'every_5_minutes', start: T - 5 * MINUTE, targets: ['A'] });
    await passMinutes(1);
    assert.deepEqual(occurrences(id), [0]);
  });

  it('what was due once and missed for longer than five minutes stays missed', async () => {
    const once = world.addJob({ type: 'once', start: T - 6 * MINUTE, targets: ['A'] });
    const soon = world.addJob({ type: 'once', start: T - 5 * MINUTE + 59, targets: ['A'] });
    const now = world.addJob({ type: 'immediately', created: T - 6 * MINUTE, targets: ['A'] });
    await passMinutes(3);
    assert.deepEqual([occurrences(once), occurrences(soon), occurrences(now)], [[], [-5], []]);
  });

  it('late ticks make up for minutes that they missed, and a clock that is set back runs nothing twice', async () => {
    const id = world.addJob({ type: 'every_5_minutes', start: T, targets: ['A'] });
    for (const at of [
      T + 1,
      T + 4 * MINUTE,
      T + 7 * MINUTE,
      T + 2 * MINUTE,
      T + 5 * MINUTE,
      T + 12 * MINUTE,
      T + 60 * MINUTE,
    ]) {
      world.now = at;
      world.report('A');
      await world.tick();
    }
    assert.deepEqual(occurrences(id), [0, 5, 10, 60]);
  });

  it('a job whose files fail is tried again, the minute that it missed included, and harms no other', async () => {
    const bad = world.addJob({ type: 'every_5_minutes', start: T, targets: ['A'] });
    const good = world.addJob({ type: 'every_5_minutes', start: T, targets: ['A'] });
    world.db.exec(
      `CREATE TRIGGER stop BEFORE INSERT ON scheduled_job_runs WHEN NEW.job_id = ${bad} BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
    world.report('A');
    assert.deepEqual((await world.tick()).failed, [BigInt(bad)]);
    assert.deepEqual([occurrences(bad), occurrences(good)], [[], [0]]);
    world.db.exec('DROP TRIGGER stop');
    await world.tick(T + 2 * MINUTE);
    assert.deepEqual([occurrences(bad), occurrences(good)], [[0], [0]]);
  });

  it('a broken job harms itself alone, and what can not run says so', async () => {
    const broken = world.addJob({ type: 'once', start: T, targets: ['A'] });
    world.db.prepare("UPDATE scheduled_jobs SET targets_json = '[' WHERE id = ?").run(broken);
    const missing = world.addJob({
      type: 'once',
      start: T,
      targets: ['A'],
      components: [{ type: 'script', path: '../../secret' }],
    });
    const good = world.addJob({ type: 'once', start: T, targets: ['A'] });
    world.report('A');
    await world.tick();
    assert.deepEqual(occurrences(broken), []);
    const [run] = world.runs(missing);
    assert.deepEqual([run?.status, run?.finished_ts], ['Failed', T]);
    assert.match(run?.error ?? '', /^Nothing to run/);
    assert.deepEqual(occurrences(good), [0]);
  });

  it('a run ends by its expiration, and not before', async () => {
    const id = world.addJob({ type: 'once', start: T, targets: ['A'], expiration: '10m' });
    const open = world.addJob({ type: 'once', start: T, targets: ['A'] });
    await passMinutes(10);
    assert.equal(world.runs(id)[0]?.status, 'Running');
    await passMinutes(1);
    const [run] = world.runs(id);
    assert.deepEqual([run?.status, run?.finished_ts], ['Timed Out', T + 10 * MINUTE]);
    assert.equal(world.runs(open)[0]?.status, 'Running');
  });

  for (const [whoever, lastTick] of [
    ['whoever begins with a database', undefined],
    ['whoever goes on after a longer pause', T - 5 * MINUTE],
  ] as const)
    it(`${whoever} takes for offline whom it has not heard of, as the legacy does at its start`, async () => {
      const id = world.addJob({ type: 'every_hour', start: T, targets: ['A'], expiration: '1m' });
      if (lastTick !== undefined) await world.tick(lastTick);
      world.restart();
      assert.equal((await world.tick(T + 61)).expired, 1);
      assert.deepEqual(
        world.runs(id).map(({ status }) => status),
        ['Expired'],
      );
    });

  it('a process that goes on where another one left off takes nobody for offline', async () => {
    const id = world.addJob({ type: 'every_hour', start: T, targets: ['A', 'B', 'C'], expiration: '1m' });
    await world.tick(T - MINUTE);
    world.restart();
    world.now = T + 61;
    world.report('A');
    assert.equal((await world.tick()).expired, 0);
    world.now = T + 3 * MINUTE;
    world.report('B');
    await world.tick();
    const statuses = () => world.runs(id).map((run) => `${run.target_hostname} ${run.status}`);
    await world.tick(T - MINUTE + 299);
    assert.deepEqual(statuses(), ['A Timed Out', 'B Running']);
    await world.tick(T - MINUTE + 300);
    assert.deepEqual(statuses(), ['A Timed Out', 'B Timed Out', 'C Expired']);
  });

  it('monthly jobs keep their local time of day through summer time', async () => {
    await world.stop();
    const at = (text: string): number => Date.parse(text) / 1000;
    world = await startSchedulerWorld({ zone: namedZone('America/Denver'), now: at('2026-02-15T09:30:00-07:00') });
    const id = world.addJob({ type: 'monthly', start: world.now, targets: ['A'] });
    for (const text of [
      '2026-02-15T09:30:00-07:00',
      '2026-03-15T08:30:00-06:00',
      '2026-03-15T09:30:00-06:00',
      '2026-03-15T10:30:00-06:00',
    ]) {
      world.now = at(text);
      world.report('A');
      await world.tick();
    }
    assert.deepEqual(
      world.runs(id).map(({ scheduled_ts: scheduled }) => scheduled),
      [at('2026-02-15T09:30:00-07:00'), at('2026-03-15T09:30:00-06:00')],
    );
  });

  it('whatever happens, each host gets an occurrence at most once, and each minute that was ticked in time is served', async () => {
    const step = fc.oneof(
      {
        weight: 12,
        arbitrary: fc.record({ kind: fc.constant('tick' as const), seconds: fc.integer({ min: 45, max: 75 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('tick' as const), seconds: fc.integer({ min: -400, max: 200 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), seconds: fc.constant(0) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('fail' as const), seconds: fc.constant(0) }) },
    );
    const types = fc.constantFrom('every_5_minutes', 'every_10_minutes', 'every_hour', 'once', 'immediately');
    const job = fc.record({ type: types, start: fc.integer({ min: T - 2 * HOUR, max: T + HOUR }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(job, { minLength: 1, maxLength: 3 }),
        fc.array(step, { maxLength: 40 }),
        async (jobs, steps) => {
          world.db.exec('DELETE FROM scheduled_jobs; DELETE FROM scheduled_job_runs; DELETE FROM activity_history');
          world.db.exec('UPDATE engine_scheduler SET last_minute = NULL');
          world.restart();
          world.emitted();
          world.now = T;
          const ids = jobs.map(({ type, start }) => world.addJob({ type, start, created: start, targets: ['A', 'B'] }));
          for (const { kind, seconds } of steps) {
            world.now += seconds;
            if (kind === 'restart') world.restart();
            if (kind === 'fail')
              world.db.prepare("UPDATE scheduled_job_runs SET status = 'Failed' WHERE id % 2 = 0").run();
            if (kind !== 'tick') continue;
            world.report('A', 'B');
            await world.tick();
            const minute = world.now - (((world.now % 60) + 60) % 60);
            for (const [index, { type, start }] of jobs.entries()) {
              const period = PERIODS[type];
              const begin = start - (((start % 60) + 60) % 60);
              if (period === undefined || minute < begin || (minute - begin) % period !== 0) continue;
              // After a clock that was set back, later occurrences have gone out already.
              const runs = world.runs(ids[index]).map(({ scheduled_ts: at }) => at ?? 0);
              assert.ok(
                runs.some((at) => at >= minute),
                `job ${index} at ${minute}`,
              );
            }
          }
          const keys = world.runs().map((run) => `${run.job_id} ${run.scheduled_ts} ${run.target_hostname}`);
          assert.equal(new Set(keys).size, keys.length);
          assert.equal(world.emitted().length, keys.length);
        },
      ),
      { numRuns: 60 },
    );
  }).timeout(60_000);

  it('two schedulers on one database send nothing twice', async () => {
    const hosts = Array.from({ length: 250 }, (_, index) => `H${index}`);
    const id = world.addJob({ type: 'once', start: T, targets: hosts });
    world.report(...hosts);
    const reports = await Promise.all([world.tick(), world.tick()]);
    assert.equal(
      reports.reduce((sum, { dispatched }) => sum + dispatched, 0),
      hosts.length,
    );
    assert.equal(world.runs(id).length, hosts.length);
    assert.equal(world.emitted().length, hosts.length);
  });

  it('runs are forgotten after their days, and links and activities stay', async () => {
    const id = world.addJob({ type: 'daily', start: T, targets: ['A'] });
    await passMinutes(1);
    world.db.exec("UPDATE activity_history SET status = 'Success'");
    world.db.prepare("UPDATE scheduled_job_runs SET status = 'Success', finished_ts = ?").run(T + 5);
    world.now = T + 30 * DAY + 4;
    world.report('A');
    await world.tick();
    assert.deepEqual(occurrences(id), [0, (30 * DAY) / MINUTE]);
    await world.tick(T + 30 * DAY + 6);
    assert.deepEqual(occurrences(id), [(30 * DAY) / MINUTE]);
    assert.equal(world.db.prepare('SELECT COUNT(*) FROM activity_history').pluck().get(), 2);
  });
});
