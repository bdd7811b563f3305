/** Jobs through a real facade and engine: listed with both readings, taken in the database, and handed back without an engine. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { countOf, untilCounted } from '../kit/facade-metrics.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { runFacade } from '../kit/run-facade.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const SCHEDULER = 'background:scheduler';
/** In the year 2100: nothing is dispatched by this test. */
const START = 4_102_444_800;

interface Listed {
  readonly engine: { readonly told: boolean; readonly ownedJobs: number; readonly handBackPending: boolean } | null;
  readonly jobs: readonly Readonly<Record<'id' | 'owner' | 'wanted' | 'enabled' | 'nextRun', unknown>>[];
}

describe('jobs behind the facade', function () {
  this.timeout(60_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let db: Database.Database;
  let ids: number[];

  before(async () => {
    legacy = await startSampleLegacy({ scheduler: 'none' });
    db = new Database(legacy.databaseFile, { timeout: 5000 });
    const add = db.prepare(
      "INSERT INTO scheduled_jobs (name, components_json, targets_json, schedule_type, start_ts, execution_context, created_at) VALUES (?, '[]', '[\"HOST\"]', 'daily', ?, 'system', 1)",
    );
    ids = ['one', 'two', 'three'].map((name) => Number(add.run(name, START).lastInsertRowid));
    facade = await startFacadeProcess({ legacy });
    await facade.engineReady();
  });
  after(async () => {
    db?.close();
    await facade?.stop();
    await legacy?.stop();
  });

  const listed = async () => (await facade.admin('GET', '/jobs')) as Listed;
  const until = async (isSo: (jobs: Listed) => boolean): Promise<Listed> => {
    for (;;) {
      const jobs = await listed();
      if (isSo(jobs)) return jobs;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const enabledAtLegacy = () => db.prepare('SELECT enabled FROM scheduled_jobs ORDER BY id').pluck().all();
  const take = (force: boolean) =>
    facade.admin('POST', '/flip', { target: `${SCHEDULER}/${ids[0]}`, stage: 'engine', why: 'a test', force });

  it('are listed with both readings of their schedules', async () => {
    const { jobs } = await until(({ engine }) => engine?.told === true);
    const next = new Date(START * 1000).toISOString();
    assert.deepEqual(
      jobs.map(({ id, owner, wanted, nextRun }) => ({ id, owner, wanted, nextRun })),
      ids.map((id) => ({ id, owner: 'legacy', wanted: 'legacy', nextRun: { engine: next, legacy: next } })),
    );
  });

  it('go to an engine that hears who is there, or by force', async () => {
    await assert.rejects(take(true), /requires_unmet/);
    await facade.flip('sockets', 'split');
    await assert.rejects(take(false), /engine_not_fit.*(no link|does not know yet who is online)/);
    for (;;) {
      const done = await take(true).then(
        () => true,
        (error: Error) => {
          assert.match(error.message, /no link/);
          return false;
        },
      );
      if (done) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { jobs } = await until(({ engine }) => engine?.ownedJobs === 1);
    assert.deepEqual(
      jobs.map(({ owner, enabled }) => [owner, enabled]),
      [
        ['engine', true],
        ['legacy', true],
        ['legacy', true],
      ],
    );
    assert.deepEqual(enabledAtLegacy(), [0, 1, 1]);
  });

  it('are handed back in the database once no engine is there any more', async () => {
    const offline = () => runFacade({ facade, legacy }, ['jobs', 'hand-back', '--offline']);
    const refused = await offline();
    assert.equal(refused.exit, 3, refused.err);
    assert.match(refused.err, /would take them again/);
    await facade.end('SIGKILL');
    // A facade without an engine tells of jobs that nobody runs, and its table can be flipped.
    const without = await startFacadeProcess({ legacy, folder: facade.folder, args: ['--engine-mode', 'off'] });
    await untilCounted(without, 1, 'facade_scheduler_jobs', 'side="engine"');
    assert.ok((await countOf(without, 'facade_scheduler_last_tick_timestamp_seconds')) > 0);
    await without.flip(SCHEDULER, 'legacy');
    await without.end();
    assert.deepEqual(enabledAtLegacy(), [0, 1, 1]);
    const done = await offline();
    assert.equal(done.exit, 0, done.err);
    assert.deepEqual(enabledAtLegacy(), [1, 1, 1]);
  });
});
