/**
 * One tick of the legacy's scheduler, compared by a real facade with what a real engine would have dispatched: every verdict, from the
 * clock to the counts. All processes share a clock that the test sets forward, because a host must be known for five minutes.
 */
import assert from 'node:assert/strict';
import { setTimeout as rest } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { io, type Socket } from 'socket.io-client';
import { countOf, metricOf, untilCount, untilCounted } from '../kit/facade-metrics.js';
import { type FacadeProcess, startFacadeProcess } from '../kit/facade-process.js';
import { type SampleLegacy, startSampleLegacy } from '../kit/sample-legacy.js';
import { type SteppedClock, steppedClock } from '../kit/stepped-clock.js';

const HOST = 'TICK-PC';
const AGENT = 'tick-pc-svc';
const ROW = 'row="background:scheduler"';
const COMPONENTS = JSON.stringify([{ type: 'script', path: 'Hello.json' }]);
/** Seconds. A report counts for 300, so that none of these steps makes the host look gone. */
const STEPS = [140, 140, 140];
const REPORT_MS = 100;
const MINUTE = 60;
/** Of the minute, in which the engine is asked. */
const ASKED_BY = 20;

describe('a tick of the scheduler', function () {
  this.timeout(120_000);
  let clock: SteppedClock;
  let legacy: SampleLegacy;
  let facade: FacadeProcess;
  let db: Database.Database;
  let client: Socket;
  let reporting: NodeJS.Timeout;

  before(async () => {
    clock = await steppedClock();
    const { env } = clock;
    legacy = await startSampleLegacy({ scheduler: 1, env });
    db = new Database(legacy.databaseFile, { timeout: 5000 });
    facade = await startFacadeProcess({ legacy, env });
    await facade.engineReady();
    await facade.flip('sockets', 'split');
    await untilCounted(facade, 1, 'facade_socket_link_up');
    const content = { name: 'Hello', type: 'powershell', script: 'echo hello' };
    await legacy.call('POST', '/api/assembly/create', { island: 'scripts', kind: 'file', path: 'Hello', content });
    client = io(facade.address, { transports: ['websocket'], forceNew: true });
    await new Promise<void>((resolve) => client.once('connect', resolve));
    client.emit('connect_agent', { agent_id: AGENT, hostname: HOST, service_mode: 'system' });
    const report = { agent_id: AGENT, hostname: HOST, active: true, service_mode: 'system' };
    reporting = setInterval(() => client.emit('collector_status', report), REPORT_MS);
  });
  after(async () => {
    clearInterval(reporting);
    client?.disconnect();
    await facade?.stop();
    db?.close();
    await legacy?.stop();
    await clock?.remove();
  });

  const seconds = () => clock.now() / 1000;
  /** Both sides have heard of the host since. */
  const reported = async () => {
    const told = ['facade_socket_events_total', 'event="collector_status"'] as const;
    for (const side of ['side="legacy"', 'side="engine"'])
      await untilCounted(facade, (await countOf(facade, ...told, side)) + 2, ...told, side);
  };
  const addJob = (type: string, start: number, isEnabled = 1) =>
    Number(
      db
        .prepare(
          "INSERT INTO scheduled_jobs (name, components_json, targets_json, schedule_type, start_ts, execution_context, created_at, enabled) VALUES ('job', ?, ?, ?, ?, 'system', 1, ?)",
        )
        .run(COMPONENTS, JSON.stringify([HOST]), type, start, isEnabled).lastInsertRowid,
    );
  const addRun = (job: number, at: number, status: string) =>
    db
      .prepare(
        'INSERT INTO scheduled_job_runs (job_id, target_hostname, scheduled_ts, started_ts, status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(job, HOST, at, at, status, at, at);

  it('is compared job by job: what both would do, what the engine mends, and what it can not explain', async () => {
    await reported();
    for (const step of STEPS) {
      await clock.step(step * 1000);
      await reported();
    }
    const minute = (Math.floor((seconds() + 15) / MINUTE) + 1) * MINUTE;
    const due = addJob('once', minute);
    // At the legacy it never runs again after that.
    const stopped = addJob('every_5_minutes', minute - 600);
    addRun(stopped, minute - 600, 'Failed');
    const off = addJob('once', minute, 0);
    await clock.step((minute - seconds()) * 1000 - 3000);
    const runsOf = db.prepare('SELECT count(*) FROM scheduled_job_runs WHERE job_id = ?').pluck();
    while (runsOf.get(due) === 0) await rest(REPORT_MS);
    // Nobody can explain that a job that is off ran.
    addRun(off, minute + 1, 'Running');
    while (seconds() < minute + ASKED_BY) await rest(REPORT_MS);
    await clock.step((minute + MINUTE - seconds()) * 1000 + 1000);
    await untilCount(facade, (ticks) => ticks > 0, 1200, 'facade_scheduler_ticks_total', 'outcome="compared"');
    const verdicts = [...(await metricOf(facade, 'facade_comparisons_total'))].filter(([labels]) =>
      labels.includes(ROW),
    );
    assert.deepEqual(
      Object.fromEntries(verdicts.map(([labels, count]) => [/verdict="(\w+)"/.exec(labels)?.[1], count])),
      { match: 1, ignored: 1, mismatch: 1 },
    );
    assert.equal(runsOf.get(stopped), 1, 'and nothing was dispatched by comparing');
    const found = await facade.admin('GET', '/pairs?row=background:scheduler&verdict=mismatch');
    const { pairs } = found as { pairs: readonly { readonly target: string }[] };
    assert.deepEqual(
      pairs.map(({ target }) => target),
      [`job/${off}`],
    );
  });
});
