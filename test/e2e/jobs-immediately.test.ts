/**
 * Jobs from the operator's request to the output in the history, with the scheduler at the legacy, then at the engine, then back at the
 * legacy. A python agent that hangs on the facade runs their scripts, each once. The legacy's scheduler ticks every second all the while:
 * what it may dispatch, it does.
 */
import assert from 'node:assert/strict';
import { setTimeout as rest } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { request } from 'undici';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { approveAgent, makeInstallCode, type SampleAgent, startSampleAgent } from '../kit/sample-agent.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';

const HOST = 'JOB-PC';
const TICK_SECONDS = 1;
const POLL_MS = 100;
const SCHEDULER = 'background:scheduler';
/** The engine has not run for the five minutes after which it knows who is offline, and nothing was compared. */
const FORCE = { force: true };
const SCRIPT = 'echo "Hello $env:WHO"; echo "on the machine of $(basename "$0")" >&2; [ "$env:WHO" != "\'nobody\'" ]\n';

interface Device {
  readonly online: boolean;
  readonly job_status: string;
  readonly activities: readonly { readonly activity_id: number }[];
}
interface Result {
  readonly status: string;
  readonly stdout: string;
  readonly stderr: string;
}

describe('a job that is to run', function () {
  this.timeout(150_000);
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let agent: SampleAgent;
  let db: Database.Database;
  const made: number[] = [];

  before(async () => {
    legacy = await startSampleLegacy({ scheduler: TICK_SECONDS });
    db = new Database(legacy.databaseFile, { readonly: true });
    facade = await startFacadeProcess({ legacy });
    await facade.engineReady();
    await facade.flip('sockets', 'split');
    const variables = [{ name: 'WHO', type: 'string', default: 'nobody' }];
    const content = { name: 'Hello', type: 'powershell', script: SCRIPT, variables };
    await call('POST', '/api/assembly/create', { island: 'scripts', kind: 'file', path: 'Hello', content });
    agent = await startSampleAgent({
      ...{ server: facade.address, hostname: HOST, interpreter: '/bin/sh' },
      ...{ code: await makeInstallCode(legacy), roleSeconds: 20, timeScale: 0.05 },
    });
    await approveAgent(legacy, agent);
    // Sent after the collector's report, by which both sides know that the machine is online.
    await agent.waitFor('details', ({ status }) => status === 200);
  });
  after(async () => {
    await agent?.stop();
    await facade?.stop();
    db?.close();
    await legacy?.stop();
  });

  async function call(method: 'GET' | 'POST', path: string, json?: unknown): Promise<unknown> {
    const answer = await request(new URL(path, facade.address), {
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } }),
    });
    const body = await answer.body.json();
    assert.equal(answer.statusCode, 200, `${method} ${path}: ${JSON.stringify(body)}`);
    return body;
  }
  /** @returns the job's id */
  const make = async (who: string, more: object = {}): Promise<number> => {
    const components = [{ type: 'script', path: 'Hello.json', variable_values: { WHO: who } }];
    const job = { name: `for ${who}`, components, targets: [HOST], ...more };
    const { id } = ((await call('POST', '/api/scheduled_jobs', job)) as { job: { id: number } }).job;
    made.push(id);
    return id;
  };
  const resultOf = async (id: number): Promise<Result> => {
    for (;;) {
      const { devices } = (await call('GET', `/api/scheduled_jobs/${id}/devices`)) as { devices: readonly Device[] };
      const [activity] = devices[0]?.activities ?? [];
      if (activity !== undefined) {
        const path = `/api/device/activity/job/${activity.activity_id}`;
        const result = (await call('GET', path)) as Result;
        if (result.status !== 'Running') return result;
      }
      await rest(POLL_MS);
    }
  };
  const assertGreets = async (id: number, who: string): Promise<void> => {
    const { status, stdout } = await resultOf(id);
    assert.deepEqual([status, stdout], ['Success', `Hello '${who}'\n`]);
  };
  /** Waits until this is so in the database: a flip tells the engine, and the engine gives back after a tick. */
  const owned = async (owner: 'legacy' | 'engine', byEngine: readonly number[]): Promise<void> => {
    const jobs = db.prepare('SELECT job_id FROM engine_job_owners ORDER BY job_id').pluck();
    const all = db.prepare('SELECT owner FROM engine_scheduler').pluck();
    while (`${all.get()}: ${jobs.all()}` !== `${owner}: ${byEngine}`) await rest(POLL_MS);
  };
  /** Jobs that the legacy's scheduler sent to the agent. */
  const sentByLegacy = (): number[] =>
    [...legacy.errors().matchAll(/^scheduler: dispatched job=(\d+) /gm)].map(([, id]) => Number(id));

  it('is sent by the legacy that owns it', async () => {
    const id = await make('world');
    await assertGreets(id, 'world');
    assert.deepEqual(sentByLegacy(), [id]);
  });

  it('is sent by its owner, where some are the engine’s and one was given back', async () => {
    const first = made.at(0) ?? 0;
    const [taken, back] = [await make('one', { enabled: false }), await make('two', { enabled: false })];
    await facade.flip(`${SCHEDULER}/${taken}`, 'engine', FORCE);
    await facade.flip(`${SCHEDULER}/${back}`, 'engine', FORCE);
    await owned('legacy', [taken, back]);
    await facade.flip(SCHEDULER, 'engine', FORCE);
    await facade.flip(`${SCHEDULER}/${back}`, 'legacy');
    await owned('engine', [first, taken]);
    for (const id of [taken, back]) await call('POST', `/api/scheduled_jobs/${id}/toggle`, { enabled: true });
    const fresh = await make('all');
    await facade.flip('scheduling', 'engine', FORCE);
    const byEngine = await make('both');
    await Promise.all([
      ...[assertGreets(taken, 'one'), assertGreets(back, 'two')],
      ...[assertGreets(fresh, 'all'), assertGreets(byEngine, 'both')],
    ]);
    assert.deepEqual(sentByLegacy().slice(1), [back]);
  });

  it('is sent by the legacy again, after the way back', async () => {
    await facade.admin('POST', '/flip', { target: SCHEDULER, also: ['scheduling'], stage: 'legacy', why: 'a test' });
    await owned('legacy', []);
    const id = await make('nobody');
    const { status, stdout, stderr } = await resultOf(id);
    assert.deepEqual([status, stdout, stderr], ['Failed', "Hello 'nobody'\n", 'on the machine of script.ps1\n']);
    assert.deepEqual(sentByLegacy().slice(2), [id]);
  });

  it('was run once', () => {
    const ran = agent.events.filter(({ type }) => type === 'job').map(({ job_id }) => job_id);
    assert.deepEqual([ran.length, new Set(ran).size], [made.length, made.length]);
    const rows = db.prepare('SELECT job_id FROM scheduled_job_runs ORDER BY job_id').pluck().all();
    assert.deepEqual(rows, made);
    assert.deepEqual(agent.fatal(), []);
  });
});
