/** An engine that begins to fail under load: the row goes back, operators are told, and it stays back over a restart. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReceiver, type WebhookReceiver } from '../facade/alerting/webhook-receiver.js';
import { type FacadeProcess, type FacadeProcessOptions, startFacadeProcess } from '../kit/facade-process.js';
import { type FailingSide, startFailingSide } from '../kit/failing-side.js';
import { type SteadyLoad, startSteadyLoad } from '../kit/steady-load.js';

const TABLE = `version: 1
groups:
  pair: { stage: legacy, guard: { errorRate: 5%, window: 10s, minRequests: 40, holdDown: 30m } }
routes:
  - { id: time, match: GET /time, group: pair }
  - { id: other, match: GET /other, group: pair }
  - { id: alike, match: GET /alike, stage: legacy, guard: { errorRate: 2%, window: 10s, minRequests: 40 } }
`;

describe('the guard, with an engine that fails', function () {
  this.timeout(60_000);
  let directory: string;
  let legacy: FailingSide;
  let engine: FailingSide;
  let receiver: WebhookReceiver;
  let facade: FacadeProcess;
  let load: SteadyLoad | undefined;

  const start = (more: Partial<FacadeProcessOptions> = {}): Promise<FacadeProcess> =>
    startFacadeProcess({
      legacy: { url: legacy.origin, root: directory, databaseFile: '', bundleFile: '', rootCertificateFile: '' },
      tableFile: join(directory, 'table.yaml'),
      args: [
        ...['--engine-mode', 'url', '--engine-url', engine.origin, '--answers-served-by', 'all'],
        ...['--alerts-webhooks', receiver.url],
      ],
      ...more,
    });
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'facade-guard-'));
    writeFileSync(join(directory, 'table.yaml'), TABLE);
    legacy = await startFailingSide('legacy');
    engine = await startFailingSide('engine');
    receiver = await startReceiver((nth, res) => void res.writeHead(nth === 1 ? 500 : 204).end());
    facade = await start();
  });
  after(async () => {
    await stopLoad();
    await facade.stop();
    await Promise.all([legacy.close(), engine.close(), receiver.close()]);
    rmSync(directory, { recursive: true });
  });

  const stopLoad = async (): Promise<void> => {
    await load?.stop();
    load = undefined;
  };
  const stageOf = async (id: string): Promise<string> =>
    ((await facade.admin('GET', `/routes/${id}`)) as { stage: string }).stage;
  const until = async (test: () => boolean | Promise<boolean>): Promise<void> => {
    const end = performance.now() + 15_000;
    while (!(await test())) {
      assert.ok(performance.now() < end, `in vain: ${test} with ${JSON.stringify(load?.answers)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('moves a group back within its window, and few requests fail', async () => {
    load = startSteadyLoad(facade.address, '/time', 4);
    const running = load;
    await until(() => (running.answers.legacy ?? 0) > 200);
    await facade.flip('pair', 'engine');
    await until(() => (running.answers.engine ?? 0) > 200);
    const answered = running.durations.length;
    const from = performance.now();
    engine.share = 0.5;
    await until(async () => (await stageOf('time')) === 'legacy');
    const tookMs = performance.now() - from;
    const failed = running.failures.length;
    const perSecond = ((running.durations.length - answered) / tookMs) * 1000;
    const before = running.answers.legacy ?? 0;
    await until(() => (running.answers.legacy ?? 0) > before + 200);
    await stopLoad();
    assert.ok(tookMs < 10_000, `${tookMs} ms`);
    assert.equal(await stageOf('other'), 'legacy');
    const { entries } = (await facade.admin('GET', '/audit?limit=1')) as {
      entries: { who: string; action: string; why: string; detail: string }[];
    };
    const [entry] = entries;
    assert.deepEqual([entry?.who, entry?.action], ['guard', 'flip']);
    assert.equal(entry?.detail, 'time: engine -> legacy, other: engine -> legacy');
    const [, counted = ''] =
      /^(\d+) of \d+ requests to the engine in the last 10 s failed/.exec(entry?.why ?? '') ?? [];
    assert.ok(Number(counted) > 0, entry?.why);
    // Those that tripped it, and what came while the table was written; that half of the engine's answers fail.
    assert.ok(failed <= Number(counted) + perSecond / 2, `${failed} failed, ${counted} were seen, ${perSecond}/s`);
    assert.ok(running.failures.length <= failed + 4, 'none after those that were under way');
  });

  it('tells the webhook, which failed at first', async () => {
    const { message } = await receiver.nth(2);
    assert.equal(message.event, 'guard_moved_back');
    assert.equal(message.id, receiver.received[0]?.message.id);
    assert.deepEqual([message.details.target, message.details.row, message.details.cause], ['pair', 'time', 'errors']);
    const metrics = (await facade.admin('GET', '/metrics')) as string;
    assert.match(metrics, /^facade_guard_trips_total\{row="time",cause="errors"\} 1$/m);
    assert.match(metrics, /^facade_guard_state\{row="other"\} 1$/m);
    assert.match(metrics, /^facade_alert_failures_total\{webhook="1"\} 1$/m);
  });

  it('holds the group over a restart, until it is released', async () => {
    await facade.end();
    facade = await start({ folder: facade.folder });
    engine.share = 0;
    await assert.rejects(facade.flip('pair', 'engine'), /409 .*held_down.*holds it there until/);
    const { guard } = (await facade.admin('GET', '/status')) as { guard: { holds: { target: string; row: string }[] } };
    assert.deepEqual(
      guard.holds.map(({ target, row }) => [target, row]),
      [['pair', 'time']],
    );
    await facade.admin('POST', '/guard/release', { target: 'pair', why: 'mended', who: 'kim' });
    const { entries } = (await facade.admin('GET', '/audit?limit=1')) as { entries: { who: string; action: string }[] };
    assert.deepEqual([entries[0]?.who, entries[0]?.action], ['kim via admin API', 'guard-release']);
    await facade.flip('pair', 'engine');
    assert.equal(await stageOf('time'), 'engine');
  });

  it('leaves a row alone whose legacy failed as often', async () => {
    legacy.share = 0.1;
    engine.share = 0.1;
    load = startSteadyLoad(facade.address, '/alike', 4);
    const running = load;
    await until(() => running.durations.length > 400);
    await facade.flip('alike', 'engine');
    const before = running.durations.length;
    await until(() => running.durations.length > before + 800);
    await stopLoad();
    assert.equal(await stageOf('alike'), 'engine');
    const { rows } = (await facade.admin('GET', '/guard')) as {
      rows: { row: string; window: { requests: number; errors: number } }[];
    };
    const window = rows.find(({ row }) => row === 'alike')?.window;
    assert.ok(window !== undefined && window.errors > window.requests * 0.05, JSON.stringify(window));
  });
});
