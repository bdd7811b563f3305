/** The engine as a process: what the facade tells and asks it of the scheduler, and the command that gives all jobs back without it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Agent, request } from 'undici';
import type {
  BackgroundState,
  SchedulerJobs,
  ShadowTick,
} from '../../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';
import { productEntry } from '../../kit/product-entry.js';

const BACKGROUND = '/engine/internal/background';
const JOBS = '/engine/internal/scheduler/jobs';
const SHADOW = '/engine/internal/scheduler/shadow';

describe('the scheduler by word of the facade', function () {
  this.timeout(60_000);
  let root: string;
  let engine: EngineProcess;
  let dispatcher: Agent;
  let db: Database.Database;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'by-word-'));
    engine = await startEngineProcess({ root, overSocket: true });
    dispatcher = new Agent({ connect: { socketPath: engine.address } });
    db = new Database(engine.databaseFile, { timeout: 5000 });
    for (const type of ['daily', 'weekly', 'monthly'])
      db.prepare(
        "INSERT INTO scheduled_jobs (name, components_json, targets_json, schedule_type, start_ts, expiration, execution_context, enabled, created_at) VALUES (?, '[]', '[\"A\"]', ?, 4102444800, 'no_expire', 'system', 1, 1)",
      ).run(type, type);
  });
  after(async () => {
    db?.close();
    await dispatcher?.close();
    await engine?.end();
    await rm(root, { recursive: true, force: true });
  });

  async function call(
    method: 'GET' | 'PUT' | 'POST',
    path: string,
    body?: object,
  ): Promise<{ status: number; body: unknown }> {
    const answer = await request(`http://engine${path}`, {
      ...{ method, dispatcher },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: await answer.body.json() };
  }
  const tell = async (scheduler: object, owned: readonly string[] = ['scheduler']) =>
    (await call('PUT', BACKGROUND, { owned, scheduler })).body as BackgroundState;
  const enabled = () => db.prepare('SELECT enabled FROM scheduled_jobs ORDER BY id').pluck().all();
  const state = async () => (await call('GET', BACKGROUND)).body as BackgroundState;
  const until = async (isSo: (told: BackgroundState) => boolean): Promise<void> => {
    while (!isSo(await state())) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('tells what the database says, until it is told something itself', async () => {
    const { tasks, owned, scheduler } = await state();
    assert.deepEqual([tasks, owned], [['approvals-prune', 'scheduler'], []]);
    const nothing = {
      owner: 'legacy',
      jobs: {},
      told: false,
      owned_jobs: 0,
      pending_hand_back: false,
      last_minute: null,
      resting_jobs: [],
    };
    assert.deepEqual(scheduler, nothing);
  });

  it('has taken all that it is told to take when it answers, and then ticks', async () => {
    const { owned, scheduler } = await tell({ owner: 'engine', jobs: { 2: 'legacy' } });
    assert.deepEqual(
      [owned, scheduler.owner, scheduler.jobs, scheduler.owned_jobs],
      [['scheduler'], 'engine', { 2: 'legacy' }, 2],
    );
    assert.deepEqual(enabled(), [0, 1, 0]);
    await until(({ scheduler: { last_minute: minute } }) => minute !== null && minute % 60 === 0);
  });

  it('shows jobs by page, with their owners and what each side makes of them', async () => {
    const first = (await call('GET', `${JOBS}?limit=2`)).body as SchedulerJobs;
    assert.deepEqual(
      first.jobs.map(({ id, owner, enabled: on }) => [id, owner, on]),
      [
        [1, 'engine', true],
        [2, 'legacy', true],
      ],
    );
    assert.equal(first.next, 2);
    const last = (await call('GET', `${JOBS}?after=2&limit=2`)).body as SchedulerJobs;
    const counts = { pending: 0, running: 0, success: 0, failed: 0, expired: 0, timed_out: 0 };
    assert.deepEqual(last, {
      jobs: [
        {
          ...{ id: 3, name: 'monthly', enabled: true, owner: 'engine', schedule_type: 'monthly', start_ts: 4102444800 },
          ...{
            next_run_engine: 4102444800,
            next_run_legacy: 4102444800,
            last_occurrence: null,
            last_status: 'Scheduled',
          },
          ...{ counts, targets: 1, disagreement: null },
        },
      ],
      next: null,
    });
  });

  it('says what a tick of the legacy would have come to', async () => {
    db.exec("UPDATE scheduled_jobs SET schedule_type = 'immediately', start_ts = NULL WHERE id = 2");
    const minute = Math.floor(Date.now() / 60_000) * 60;
    db.prepare('UPDATE scheduled_jobs SET created_at = ?, expiration = ? WHERE id = 2').run(minute - 60, '1m');
    const { status, body } = await call('POST', SHADOW, { minute });
    const told = body as ShadowTick;
    assert.deepEqual([status, told.presence_known, told.minute], [200, false, minute]);
    const expired = [{ job: 2, host: 'A', occurrence: minute - 60, status: 'Expired' }];
    assert.deepEqual([told.as_legacy, told.as_engine, told.named], [expired, expired, []]);
  });

  it('refuses what it can not read', async () => {
    const bad: readonly (readonly ['GET' | 'PUT' | 'POST', string, object?])[] = [
      ['PUT', BACKGROUND, { owned: ['scheduler'], scheduler: 'engine' }],
      ['PUT', BACKGROUND, { owned: ['scheduler'], scheduler: { owner: 'nobody', jobs: {} } }],
      ['PUT', BACKGROUND, { owned: ['scheduler'], scheduler: { owner: 'engine', jobs: [] } }],
      ['PUT', BACKGROUND, { owned: ['scheduler'], scheduler: { owner: 'engine', jobs: { x: 'engine' } } }],
      ['PUT', BACKGROUND, { owned: ['scheduler'], scheduler: { owner: 'engine', jobs: { 1: 'me' } } }],
      ['GET', `${JOBS}?after=x`],
      ['GET', `${JOBS}?limit=0`],
      ['GET', `${JOBS}?limit=1001`],
      ['POST', SHADOW, {}],
      ['POST', SHADOW, { minute: 61 }],
      ['POST', SHADOW, { minute: Math.floor(Date.now() / 60_000) * 60 - 600 }],
    ];
    for (const [method, path, body] of bad) {
      const answer = await call(method, path, body);
      assert.deepEqual(
        [answer.status, (answer.body as { error: string }).error],
        [400, 'invalid_request'],
        JSON.stringify([path, body]),
      );
    }
    assert.deepEqual((await state()).scheduler.jobs, { 2: 'legacy' });
  });

  it('gives back what it is no longer to own, after a tick', async () => {
    const { scheduler } = await tell({ owner: 'legacy', jobs: { 3: 'engine' } });
    assert.equal(scheduler.owner, 'legacy');
    await until(({ scheduler: told }) => !told.pending_hand_back);
    assert.deepEqual(enabled(), [1, 1, 0]);
  });

  it('without an engine, a command gives everything back', async () => {
    await engine.end('SIGKILL');
    db.exec(`UPDATE engine_scheduler SET at_work = 1;
      INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts, status, created_at) VALUES (3, 'A', 60, 'Failed', 1);
      UPDATE engine_scheduler SET at_work = 0`);
    const { execArgv, file } = productEntry('engine');
    const command = join(dirname(file), 'hand-back', basename(file));
    const run = async (): Promise<readonly [number, string]> => {
      const child = spawn(process.execPath, [...execArgv, command], {
        env: { PATH: process.env.PATH ?? '', BOREALIS_ROOT: root, BOREALIS_DATABASE_PATH: engine.databaseFile },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += String(chunk);
      });
      const [code] = (await once(child, 'close')) as [number];
      return [code, out];
    };
    const [code, out] = await run();
    assert.equal(code, 0);
    assert.match(out, /^Handed 1 job back to the legacy\. The engine last ticked for \d{4}-\d\d-\d\dT\d\d:\d\dZ: /);
    assert.match(out, /\nAt rest there for good, .+: 3\. Make them anew, /);
    assert.deepEqual(enabled(), [1, 1, 1]);
    assert.deepEqual(await run(), [0, `No job was the engine's in ${engine.databaseFile}: nothing to hand back.\n`]);
  });
});
