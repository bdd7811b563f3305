/**
 * An engine that is killed at any step of taking jobs, of a tick and of giving jobs back: what is in the database is whole, its successor
 * goes on from there, and no agent hears of a run twice.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Agent, request } from 'undici';
import type { BackgroundState, SchedulerOwner } from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';
import { type Plant, type PlantedBuild, plantedBuild } from '../../kit/planted-build.js';
import { productEntry } from '../../kit/product-entry.js';
import { startSampleLegacy } from '../../kit/sample-legacy.js';

const OWNERS = 'engine/repositories/sqlite/sqlite-job-owner-repository.ts';
const TICK = 'engine/services/scheduling/scheduler-tick.ts';
const DISPATCH = 'engine/services/scheduling/dispatch-occurrence.ts';
const HANDOVER = 'engine/services/scheduling/scheduler-handover.ts';

/** A place in the sources, and the step at which a process that was told so ends there and then. */
const STEPS: readonly (Plant & { readonly step: string; readonly after: SchedulerOwner })[] = [
  stepAfter('triggers made', 'engine', OWNERS, 'const triggers = ensureOwnershipTriggers(this.#connection);'),
  stepAfter(
    'jobs noted',
    'engine',
    OWNERS,
    "const jobs = this.#connection.run(TAKE, now, Number(wish.owner === 'engine'), kept, given);",
  ),
  stepAfter('jobs cleared', 'engine', OWNERS, 'this.#connection.run(CLEAR);'),
  stepAfter('jobs taken', 'engine', HANDOVER, 'return false;\n    await this.#take(context);'),
  stepAfter('run written', 'engine', DISPATCH, 'if (runId === undefined) return undefined;'),
  stepAfter('runs committed', 'engine', DISPATCH, 'begun += sendings.length;'),
  stepAfter('jobs served', 'engine', TICK, 'const served = await this.#serveJobs(now, context);'),
  stepAfter('jobs restored', 'legacy', OWNERS, 'this.#connection.run(RESTORE, ids);'),
  stepBefore('triggers dropped', 'legacy', OWNERS, 'return count;'),
  stepAfter('jobs handed back', 'legacy', HANDOVER, 'await jobOwners.handBack(ids);'),
];

function stepAfter(step: string, after: SchedulerOwner, file: string, find: string) {
  return { step, after, file, find, replace: `${find} ${killAt(step)}` };
}

function stepBefore(step: string, after: SchedulerOwner, file: string, find: string) {
  return { step, after, file, find, replace: `${killAt(step)} ${find}` };
}

function killAt(step: string): string {
  return `if (process.env.TEST_KILL_AT === '${step}') { process.kill(process.pid, 'SIGKILL'); for (;;); }`;
}

/** The command that gives all back without an engine dies at these, too, and at one of its own: all is done, and nothing is committed. */
const OFFLINE_STEPS = ['jobs restored', 'triggers dropped', 'all given back'] as const;
const GIVEN_BACK: Plant = {
  file: 'engine/services/scheduling/hand-back-all.ts',
  find: 'return { ids, jobs: await jobOwners.handBack(ids), lastMinute };',
  replace: `const jobs = await jobOwners.handBack(ids); ${killAt('all given back')} return { ids, jobs, lastMinute };`,
};

/** Stand-ins for agents: who is online, and what they hear. */
const AGENTS: readonly Plant[] = [
  {
    file: 'engine/services/scheduling/online-hosts.ts',
    find: 'const online = new Set<string>();',
    replace: "const online = new Set<string>(['A', 'B']);",
  },
  {
    file: DISPATCH,
    find: 'present.tell(run.hostname, order.event, order.payloadFor(run));',
    replace:
      "(await import('node:fs')).appendFileSync(process.env.TEST_HEARD ?? '', run.jobId + ' ' + run.hostname + '\\n');",
  },
];

/** Makes the sample legacy find every host there, and stop for good once it has written a run, before its agent is told. */
const STOP_BEFORE_EVENT = `
import builtins, os, time
plain = builtins.__import__
def stop(*_):
    open(os.environ["TEST_STOPPED"], "w").close()
    while True:
        time.sleep(1)
def planted(name, *rest, **named):
    module = plain(name, *rest, **named)
    if name == "dispatch":
        module.Dispatcher._run_script = stop
    if name == "registry":
        module.Registry.collects = lambda *_: True
    return module
builtins.__import__ = planted
`;

describe('engine killed while jobs change hands', function () {
  this.timeout(120_000);
  let build: PlantedBuild;
  let root: string;
  let db: Database.Database;
  before(async () => {
    build = await plantedBuild([...STEPS, GIVEN_BACK, ...AGENTS]);
    root = await mkdtemp(join(tmpdir(), 'killed-'));
    await writeFile(join(root, 'heard'), '');
    const engine = await start();
    await engine.end();
    db = new Database(join(root, 'database.db'), { timeout: 5000 });
  });
  after(async () => {
    db?.close();
    await build?.remove();
    await rm(root, { recursive: true, force: true });
  });

  function start(killAt?: string): Promise<EngineProcess> {
    const env = { TEST_KILL_AT: killAt, TEST_HEARD: join(root, 'heard') };
    return startEngineProcess({ root, sources: build.sources, overSocket: true, env });
  }

  it('at every step in turn', async () => {
    await writeJob(db, root);
    for (const { step, after: owner } of STEPS) {
      // A due job for each: the one before may have been served.
      if (owner === 'engine') addJob(db);
      const killed = await start(step);
      const end = once(killed.child, 'exit');
      if (owner === 'legacy') await tell(killed, 'engine');
      await tell(killed, owner).catch(() => undefined);
      const [, signal] = await end;
      assert.equal(signal, 'SIGKILL', step);
      assertWhole(db, step);
    }
    const last = await start();
    try {
      await tell(last, 'engine');
      await until(last, ({ scheduler }) => scheduler.last_minute !== null && served(db));
      await tell(last, 'legacy');
      await until(last, ({ scheduler }) => scheduler.owned_jobs === 0);
    } finally {
      await last.end();
    }
    assertWhole(db, 'in the end');
    assert.equal(db.prepare('SELECT COUNT(*) FROM scheduled_jobs WHERE enabled <> 1').pluck().get(), 0);
    const heard = (await readFile(join(root, 'heard'), 'utf8')).trim().split('\n');
    assert.equal(new Set(heard).size, heard.length, 'each host hears of a job once');
    // Those of the two hosts that were noted and not told when the process ended: they expire, and are not sent again.
    assert.equal(heard.length, (db.prepare('SELECT COUNT(*) FROM scheduled_job_runs').pluck().get() as number) - 2);
  });

  it('and so is the command that gives all back without it: nothing has changed, and the next one does it', async () => {
    addJob(db);
    const engine = await start();
    await tell(engine, 'engine');
    await engine.end('SIGKILL');
    const owned = () => db.prepare('SELECT COUNT(*) FROM engine_job_owners').pluck().get() as number;
    const before = owned();
    assert.ok(before > 0);
    for (const step of OFFLINE_STEPS) {
      const [, signal] = await once(handBack(build.sources, root, step), 'exit');
      assert.equal(signal, 'SIGKILL', step);
      assertWhole(db, step);
      assert.equal(owned(), before, step);
    }
    const [code] = await once(handBack(build.sources, root), 'exit');
    assert.equal(code, 0);
    assertWhole(db, 'handed back');
    assert.equal(owned(), 0);
  });

  it('a legacy that dies between a run and its event while the job is taken: that host is not sent it, the others are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'killed-legacy-'));
    await writeFile(join(folder, 'sitecustomize.py'), STOP_BEFORE_EVENT);
    const stopped = join(folder, 'stopped');
    const legacy = await startSampleLegacy({ scheduler: 1, env: { PYTHONPATH: folder, TEST_STOPPED: stopped } });
    const rows = new Database(legacy.databaseFile, { timeout: 5000 });
    let engine: EngineProcess | undefined;
    try {
      await writeFile(join(folder, 'heard'), '');
      await writeJob(rows, legacy.root);
      while (!existsSync(stopped)) await new Promise((resolve) => setTimeout(resolve, 20));
      const runs = () => rows.prepare('SELECT target_hostname FROM scheduled_job_runs ORDER BY id').pluck().all();
      assert.deepEqual(runs(), ['A']);
      const env = { TEST_HEARD: join(folder, 'heard') };
      const { root: itsRoot, databaseFile } = legacy;
      engine = await startEngineProcess({ root: itsRoot, databaseFile, sources: build.sources, overSocket: true, env });
      await tell(engine, 'engine');
      await legacy.kill('SIGKILL');
      await until(engine, ({ scheduler }) => scheduler.last_minute !== null && runs().length > 1);
      await tell(engine, 'legacy');
      await until(engine, ({ scheduler }) => scheduler.owned_jobs === 0);
      assert.deepEqual(runs(), ['A', 'B']);
      assert.equal(await readFile(join(folder, 'heard'), 'utf8'), '1 B\n');
      assert.equal(rows.prepare('SELECT enabled FROM scheduled_jobs').pluck().get(), 1);
    } finally {
      await engine?.end();
      rows.close();
      await legacy.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function writeJob(db: Database.Database, root: string): Promise<void> {
  const folder = join(root, 'Assemblies', 'Scripts');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'x.json'), JSON.stringify({ name: 'x', type: 'powershell', script: 'exit 0;' }));
  addJob(db);
}

function addJob(db: Database.Database): void {
  const sql = `INSERT INTO scheduled_jobs (name, components_json, targets_json, schedule_type, expiration, execution_context, enabled, created_at)
    VALUES ('job', '[{"type":"script","path":"x.json"}]', '["A","B"]', 'immediately', 'no_expire', 'system', 1, ?)`;
  db.prepare(sql).run(Math.floor(Date.now() / 1000));
}

/** The command that gives all jobs back without an engine. */
function handBack(sources: string, root: string, killAt = ''): ChildProcess {
  const { execArgv } = productEntry('engine', { sources });
  const { PATH, HOME } = process.env;
  const database = join(root, 'database.db');
  const ours = { BOREALIS_ROOT: root, BOREALIS_PROJECT_ROOT: root, BOREALIS_DATABASE_PATH: database };
  const env = { PATH, HOME, ...ours, TEST_KILL_AT: killAt };
  const options = { cwd: root, env, stdio: 'ignore' } as const;
  return spawn(process.execPath, [...execArgv, join(sources, 'engine', 'hand-back', 'main.ts')], options);
}

/** Every job is one side's, and means what it meant; nothing is half done. */
function assertWhole(db: Database.Database, step: string): void {
  const jobs = db
    .prepare(
      'SELECT j.enabled AS shown, o.job_id AS owned, o.enabled AS meant FROM scheduled_jobs j LEFT JOIN engine_job_owners o ON o.job_id = j.id',
    )
    .all() as { shown: number; owned: number | null; meant: number }[];
  for (const { shown, owned, meant } of jobs)
    assert.deepEqual(owned === null ? [shown] : [shown, meant], owned === null ? [1] : [0, 1], step);
  const triggers = db
    .prepare("SELECT COUNT(*) FROM sqlite_master WHERE name IN ('engine_job_enabled', 'engine_run_owned')")
    .pluck()
    .get();
  const isOwned = jobs.some(({ owned }) => owned !== null);
  assert.ok(!isOwned || triggers === 2, `${step}: owned without triggers`);
  assert.equal(db.prepare('SELECT at_work FROM engine_scheduler').pluck().get(), 0, step);
  const twice = db
    .prepare('SELECT job_id FROM scheduled_job_runs GROUP BY job_id, scheduled_ts, target_hostname HAVING COUNT(*) > 1')
    .all();
  assert.deepEqual(twice, [], step);
  const unlinked = db
    .prepare('SELECT id FROM scheduled_job_runs WHERE id NOT IN (SELECT run_id FROM scheduled_job_run_activity)')
    .all();
  assert.deepEqual(unlinked, [], step);
}

function served(db: Database.Database): boolean {
  return (
    db
      .prepare('SELECT COUNT(*) FROM scheduled_jobs WHERE id NOT IN (SELECT job_id FROM scheduled_job_runs)')
      .pluck()
      .get() === 0
  );
}

async function tell(engine: EngineProcess, owner: SchedulerOwner): Promise<void> {
  await ask(engine, { owned: ['scheduler'], scheduler: { owner, jobs: {} } });
}

async function until(engine: EngineProcess, isSo: (state: BackgroundState) => boolean): Promise<void> {
  while (!isSo(await ask(engine))) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function ask(engine: EngineProcess, wish?: object): Promise<BackgroundState> {
  const dispatcher = new Agent({ connect: { socketPath: engine.address } });
  try {
    const options = wish === undefined ? {} : { method: 'PUT', body: JSON.stringify(wish) };
    const answer = await request('http://engine/engine/internal/background', { dispatcher, ...options } as Parameters<
      typeof request
    >[1]);
    assert.equal(answer.statusCode, 200);
    return (await answer.body.json()) as BackgroundState;
  } finally {
    await dispatcher.close();
  }
}
