/** From the clock to kept comparisons: a real database with the legacy's runs, and an engine that says what it is told to say. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { ComparisonInput, ComparisonResult } from '../../../src/facade/comparing/comparison.js';
import { SchedulerEngineError } from '../../../src/facade/scheduler/scheduler-engine.js';
import { TickWatch } from '../../../src/facade/scheduler/tick-watch.js';
import { checkTable } from '../../../src/facade/table/check-table.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import type { ShadowTick } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { WrittenRuns } from '../../../src/legacy-bridge/scheduler/written-runs.js';
import { silentLog } from '../../kit/silent-log.js';
import { MINUTE, planned, shadowTick } from './shadow-ticks.js';

function tableWith(scheduler: string, sockets = 'split'): TableSnapshot {
  const events = ['connect_agent', 'agent_heartbeat', 'collector_status'].map(
    (name) => `${name}: { stage: legacy, both: true }`,
  );
  const text = `version: 1\nroutes: []\nsockets: { stage: ${sockets}, events: { ${events.join(', ')} } }\nbackground: { scheduler: ${scheduler} }\n`;
  const check = checkTable({ file: 't.yaml', text, version: 4 });
  assert.ok(check.ok, JSON.stringify(check));
  return check.table.snapshot;
}

describe('comparing ticks of the scheduler', () => {
  let directory: string;
  let db: Database.Database;
  let kept: { input: ComparisonInput; result: ComparisonResult }[];
  let dropped: string[];
  let outcomes: string[];
  let asked: number[];
  let engine: (minute: number) => Promise<ShadowTick>;
  let table: TableSnapshot;
  let build: string | undefined;
  let ready: boolean;
  let watch: TickWatch;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ticks-'));
    const file = join(directory, 'database.db');
    db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.exec(
      'CREATE TABLE scheduled_job_runs (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id INTEGER NOT NULL, scheduled_ts INTEGER, started_ts INTEGER, finished_ts INTEGER, status TEXT, error TEXT, created_at INTEGER, updated_at INTEGER, target_hostname TEXT); CREATE TABLE engine_job_owners (job_id INTEGER PRIMARY KEY); CREATE TABLE scheduled_jobs (id INTEGER PRIMARY KEY); INSERT INTO scheduled_jobs VALUES (1), (2)',
    );
    [kept, dropped, outcomes, asked] = [[], [], [], []];
    engine = async () => shadowTick({ as_legacy: [planned(1, 'A')] });
    table = tableWith('{ owner: legacy }');
    [build, ready] = ['build-1', true];
    run(1, 'OLD', MINUTE - 60);
    watch = new TickWatch({
      engine: {
        shadow: (minute) => {
          asked.push(minute);
          return engine(minute);
        },
      },
      engineReady: () => ready,
      runs: new WrittenRuns(file),
      table: () => table,
      engineBuild: () => build,
      sink: {
        record: (input, result) => void kept.push({ input, result }),
        dropped: (_row, reason) => void dropped.push(reason),
      },
      metrics: {
        compared: () => undefined,
        comparisonDropped: () => undefined,
        tickFinished: (outcome) => void outcomes.push(outcome),
      },
      log: silentLog,
      random: () => 0.5,
      againMs: 1,
    });
    await watch.begin();
  });
  afterEach(() => {
    db.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const run = (job: number, host: string, at: number, status = 'Running') =>
    db
      .prepare(
        'INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts, started_ts, status, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(job, host, MINUTE, at, status, at);
  const tick = async (legacyAbsentAt?: number) => {
    await watch.ask(MINUTE);
    await watch.settle(MINUTE, legacyAbsentAt);
  };
  const verdicts = () => kept.map(({ input, result }) => [input.request.target, result.verdict, result.reason]);

  it('keeps a comparison for each job that ran, about the build that was asked', async () => {
    run(1, 'A', MINUTE, 'Success');
    run(2, 'A', MINUTE + 1);
    await tick();
    assert.deepEqual(verdicts(), [
      ['job/1', 'match', undefined],
      ['job/2', 'mismatch', undefined],
    ]);
    const [first] = kept;
    assert.equal(first?.input.request.row.id, 'background:scheduler');
    assert.equal(first?.input.engineBuild, 'build-1');
    assert.equal(first?.input.request.tableVersion, 4);
    assert.deepEqual(outcomes, ['compared']);
  });

  it('reads the runs of that minute alone: neither older ones nor those of the tick after', async () => {
    run(1, 'A', MINUTE);
    run(9, 'LATER', MINUTE + 60);
    await tick();
    assert.deepEqual(verdicts(), [['job/1', 'match', undefined]]);
    engine = async () => shadowTick({ minute: MINUTE + 60, as_legacy: [planned(9, 'LATER')] });
    await watch.ask(MINUTE + 60);
    await watch.settle(MINUTE + 60, undefined);
    assert.deepEqual(verdicts()[1], ['job/9', 'match', undefined]);
  });

  it('counts a tick in which nothing was due as idle, and keeps nothing of it', async () => {
    engine = async () => shadowTick();
    await tick();
    assert.deepEqual([verdicts(), outcomes], [[], ['idle']]);
  });

  const own = (...ids: readonly number[]) => {
    for (const id of ids) db.prepare('INSERT INTO engine_job_owners VALUES (?)').run(id);
  };

  it('leaves out jobs that are the engine’s, whoever they are to be by the table', async () => {
    run(1, 'A', MINUTE);
    run(2, 'A', MINUTE);
    own(2);
    await tick();
    assert.deepEqual(verdicts(), [['job/1', 'match', undefined]]);
  });

  it('says nothing of a job that the engine took while the minute went on', async () => {
    run(1, 'A', MINUTE);
    await watch.ask(MINUTE);
    own(1);
    run(1, 'B', MINUTE + 30);
    await watch.settle(MINUTE, undefined);
    assert.deepEqual(verdicts(), [['job/1', 'inconclusive', 'job_changed']]);
  });

  it('asks nothing where all jobs are the engine’s', async () => {
    table = tableWith('{ owner: engine }');
    await watch.ask(MINUTE);
    assert.deepEqual(asked, []);
    table = tableWith('{ owner: engine, jobs: { 2: legacy } }');
    await watch.ask(MINUTE + 60);
    assert.deepEqual(asked, [MINUTE + 60]);
  });

  it('asks nothing where the engine hears nothing of who is online', async () => {
    table = tableWith('{ owner: legacy }', 'legacy');
    await watch.ask(MINUTE);
    assert.deepEqual(asked, []);
  });

  it('compares the share of ticks that the table says', async () => {
    table = tableWith('{ owner: legacy, sample: 50% }');
    await tick();
    table = tableWith('{ owner: legacy, sample: 51% }');
    run(1, 'A', MINUTE);
    await tick();
    assert.deepEqual(asked, [MINUTE]);
  });

  it('says nothing where presence is unknown, or the legacy was not there, or was late', async () => {
    run(1, 'A', MINUTE);
    engine = async () => shadowTick({ as_legacy: [planned(1, 'A')], presence_known: false });
    await tick();
    assert.deepEqual(verdicts(), [['job/1', 'inconclusive', 'presence_unknown']]);
    const again = async (absentAt: number | undefined, late: number) => {
      kept.length = 0;
      engine = async () => shadowTick({ as_legacy: [planned(1, 'A')] });
      run(1, 'A', MINUTE + late);
      await tick(absentAt);
      return verdicts()[0]?.[2];
    };
    assert.equal(await again((MINUTE - 299) * 1000, 0), 'presence_unknown');
    assert.equal(await again((MINUTE + 20) * 1000, 0), 'tick_unseen');
    assert.equal(await again((MINUTE - 301) * 1000, 0), undefined);
    assert.equal(await again(undefined, 55), 'tick_unseen');
    assert.deepEqual(outcomes, ['inconclusive', 'inconclusive', 'inconclusive', 'compared', 'inconclusive']);
  });

  it('counts against the engine what it did not say of a tick in which the legacy ran jobs', async () => {
    run(1, 'A', MINUTE);
    run(1, 'B', MINUTE);
    run(2, 'A', MINUTE);
    ready = false;
    await tick();
    assert.deepEqual(dropped, ['engine_unreachable', 'engine_unreachable']);
    ready = true;
    engine = async () => {
      throw new SchedulerEngineError('engine_timeout', 'no answer in time');
    };
    run(1, 'A', MINUTE);
    await tick();
    assert.deepEqual(dropped.slice(2), ['engine_timeout']);
    await tick();
    assert.deepEqual(dropped.slice(3), [], 'the legacy ran nothing');
    assert.deepEqual(outcomes, ['dropped', 'dropped', 'dropped']);
  });

  it('asks a busy engine again, a few times', async () => {
    run(1, 'A', MINUTE);
    let refusals = 2;
    engine = async () => {
      refusals -= 1;
      if (refusals >= 0) throw new SchedulerEngineError('engine_busy', '503');
      return shadowTick({ as_legacy: [planned(1, 'A')] });
    };
    await tick();
    assert.deepEqual(verdicts(), [['job/1', 'match', undefined]]);
    refusals = 1000;
    run(1, 'A', MINUTE);
    await tick();
    assert.deepEqual(dropped, ['engine_busy']);
    assert.equal(asked.length, 6);
  });

  it('drops a tick about which nobody knows which build has answered', async () => {
    run(1, 'A', MINUTE);
    engine = async () => {
      build = 'build-2';
      return shadowTick({ as_legacy: [planned(1, 'A')] });
    };
    await tick();
    assert.deepEqual([verdicts(), dropped], [[], ['build_unknown']]);
  });

  it('goes on in a database that was restored, whose runs have smaller ids', async () => {
    for (let host = 0; host < 5; host += 1) run(1, `HOST-${host}`, MINUTE - 60);
    engine = async () => shadowTick({ minute: MINUTE - 60 });
    await watch.ask(MINUTE - 60);
    await watch.settle(MINUTE - 60, undefined);
    assert.equal(kept.length, 1);
    kept.length = 0;
    db.exec(
      "DELETE FROM scheduled_job_runs WHERE id > 3; UPDATE sqlite_sequence SET seq = 3 WHERE name = 'scheduled_job_runs'",
    );
    engine = async () => shadowTick({ as_legacy: [planned(1, 'A')] });
    run(1, 'A', MINUTE);
    await tick();
    assert.deepEqual([verdicts(), dropped.length], [[], 0], 'what it ran can not be told, nor how much');
    assert.equal(outcomes.at(-1), 'dropped');
    run(1, 'A', MINUTE);
    await tick();
    assert.deepEqual(verdicts(), [['job/1', 'match', undefined]]);
  });

  it('goes on when the database could not be read', async () => {
    db.exec('ALTER TABLE scheduled_job_runs RENAME TO elsewhere');
    await tick();
    assert.deepEqual(outcomes, ['dropped']);
    db.exec('ALTER TABLE elsewhere RENAME TO scheduled_job_runs');
    run(1, 'A', MINUTE);
    await tick();
    assert.deepEqual(verdicts(), [['job/1', 'match', undefined]]);
  });
});
