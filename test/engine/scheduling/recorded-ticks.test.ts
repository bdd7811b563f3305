/** Ticks held to the recorded ones: what fires, waits and expires, with each difference named by the fault that it mends. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServerRuns } from '../../../src/engine/services/playbooks/server-runs.js';
import { SecretBox } from '../../../src/legacy-bridge/secrets/secret-box.js';
import { encodeJson, type JsonAnswer } from '../../../src/legacy-bridge/values/encode-json.js';
import { paritySuite } from '../../kit/parity.js';
import { type RunRow, type SchedulerWorld, startSchedulerWorld } from '../../kit/scheduler-world.js';
import { storedAssembly } from '../../kit/stored-assembly.js';

interface RecordedStep {
  readonly step: string;
  readonly request?: { readonly json?: unknown };
  readonly body?: { readonly runs?: readonly Readonly<Record<string, unknown>>[] };
  readonly events: readonly { readonly event: string; readonly socket: string; readonly data: readonly unknown[] }[];
  readonly rows: readonly {
    readonly op: string;
    readonly table: string;
    readonly row: Readonly<Record<string, unknown>>;
  }[];
}

async function recorded(scenario: string): Promise<readonly RecordedStep[]> {
  const text = await readFile(join(paritySuite, 'recordings', `${scenario}.json`), 'utf8');
  return (JSON.parse(text) as { steps: RecordedStep[] }).steps;
}

const NOTHING = 'Nothing to run: no script or playbook of this job was found';

describe('ticks as recorded', () => {
  let world: SchedulerWorld;
  afterEach(() => world.stop());

  it('scheduler-tick: the minute begins', async () => {
    const steps = await recorded('scheduler-tick');
    const step = steps.find(({ step }) => step === 'the minute begins');
    assert.ok(step);
    world = await startSchedulerWorld({ scenario: 'scheduler-tick' });
    const { db } = world;
    const minute = db.prepare('SELECT start_ts FROM scheduled_jobs WHERE id = 4').pluck().get() as number;
    await world.putAssembly('Scripts/Tick.json', { name: 'Tick', type: 'powershell', script: 'ZXhpdCAw' });
    const variables = [{ name: 'port', type: 'number', default: 80 }];
    await world.putAssembly('Ansible_Playbooks/play.json', {
      name: 'Play',
      type: 'ansible',
      script: '- hosts: all\n',
      variables,
    });
    db.exec(
      "UPDATE scheduled_jobs SET enabled = 1 WHERE id NOT IN (14, 24, 25); UPDATE scheduled_jobs SET expiration = '-1m' WHERE id = 25",
    );
    // As if they had been the engine's for long: no minute before this one is its business.
    db.exec('UPDATE engine_job_owners SET is_new = 0');
    world.now = minute;
    world.report('H1', 'H2');
    const seeded = new Set(world.runs().map(({ id }) => id));
    const report = await world.tick(minute + 1);

    const told = (row: Readonly<Record<string, unknown>>, occurrence: unknown) =>
      [row.job_id, row.target_hostname, occurrence, row.status, row.error ?? ''].join(' | ');
    const relative = (at: number | null) => `B${(at ?? 0) - minute >= 0 ? '+' : ''}${(at ?? 0) - minute}`;
    const expected = step.rows
      .filter(({ op, table }) => op === 'insert' && table === 'scheduled_job_runs')
      .map(({ row }) => told(row, row.occurrence));
    // F4: a script that is missing is told. F5, F7: a run that failed, or a start that nobody served, ends no recurring job.
    const mended = [
      ...expected.filter((line) => !line.startsWith('19 ')),
      `19 | H1 | B+0 | Failed | ${NOTHING}`,
      '9 | H1 | B+0 | Running | ',
      '10 | H1 | B+0 | Running | ',
    ];
    const fresh = world.runs().filter(({ id }) => !seeded.has(id));
    assert.deepEqual(fresh.map((row) => told({ ...row }, relative(row.scheduled_ts))).sort(), mended.sort());

    // F4: runs that nobody answered stay as they are. F12: one that timed out has an end.
    const statusOf = (id: number) => world.runs().find((row) => row.id === id)?.status;
    assert.deepEqual([7, 8, 9, 10].map(statusOf), ['Running', 'Running', 'Running', 'Timed Out']);
    assert.equal(world.runs().find(({ id }) => id === 10)?.finished_ts, minute - 30);
    assert.deepEqual([statusOf(11), statusOf(12)], [undefined, 'Success']);
    const { dispatched, expired, timedOut, forgotten, failed } = report;
    assert.deepEqual([dispatched, expired, timedOut, forgotten, failed], [17, 2, 1, 1, []]);

    const ids = /^(job_id|activity_job_id|scheduled_run_id|run_id)$/;
    const plain = (event: string, payload: unknown) => {
      const kept = Object.entries(payload as Record<string, JsonAnswer>).filter(([name]) => !ids.test(name));
      return encodeJson([event, Object.fromEntries(kept)]);
    };
    const sent = step.events.filter(({ socket }) => socket === 'agent').map(({ event, data }) => plain(event, data[0]));
    const got = world.emitted().map(({ event, payload }) => plain(event, payload));
    const more = sent.find((line) => line.includes('"H1"')) ?? '';
    assert.deepEqual(got.sort(), [...sent, more, more].sort());
    assert.equal(db.prepare('SELECT COUNT(*) FROM scheduled_job_run_activity').pluck().get(), got.length);
  });

  it('scheduler-remote: the minute begins', async () => {
    const steps = await recorded('scheduler-remote');
    const step = steps.find(({ step }) => step === 'the minute begins');
    assert.ok(step);
    let runs: ServerRuns | undefined;
    world = await startSchedulerWorld({
      scenario: 'scheduler-remote',
      serverRuns: (root, contextFor) => {
        const secrets = new SecretBox({ signing: Buffer.alloc(16), encryption: Buffer.alloc(16) });
        const folder = join(root, 'AnsibleRuns');
        const limits = { mostOutput: 1000, atOnce: 2, mostSeconds: 60, trustsVariables: false };
        runs = new ServerRuns({ ...{ folder, secrets, contextFor, environment: {} }, ...limits });
        return runs;
      },
    });
    const { db } = world;
    await world.putAssembly('Ansible_Playbooks/play.json', { name: 'Play', type: 'ansible', script: '- hosts: all\n' });
    await world.putAssembly('Scripts/Tick.json', { name: 'Tick', type: 'powershell', script: 'ZXhpdCAw' });
    db.exec('UPDATE scheduled_jobs SET enabled = 1; UPDATE engine_job_owners SET owned_since = NULL');
    const minute = db.prepare('SELECT start_ts FROM scheduled_jobs WHERE id = 1').pluck().get() as number;
    world.now = minute;
    world.report('H1', 'H2');
    await world.tick(minute + 1);
    await runs?.close();

    // F4: of a playbook that is missing the run says so.
    const refused = { status: 'Failed', error: NOTHING };
    const mended = (row: Readonly<Record<string, unknown>>) =>
      shownRow({ ...row, ...(row.job_id === 6 ? refused : {}) });
    for (const table of [
      'scheduled_job_runs',
      'activity_history',
      'ansible_play_recaps',
      'scheduled_job_run_activity',
    ]) {
      const expected: readonly unknown[] = step.rows
        .filter((change) => change.table === table)
        .map(({ row }) => mended(row));
      const got = db.prepare(`SELECT * FROM ${table} ORDER BY id`).all() as Record<string, unknown>[];
      assert.deepEqual(got.map(shownRow), expected, table);
    }
    const shown = (event: string, payload: unknown) => encodeJson([event, shownRow(payload as object)]);
    assert.deepEqual(
      world
        .emitted()
        .map(({ event, payload }) => shown(event, payload))
        .sort(),
      step.events.map(({ event, data }) => shown(event, data[0])).sort(),
    );
  });

  it('scheduler-boot: a tick at start, when nobody is online', async () => {
    const steps = await recorded('scheduler-boot');
    world = await startSchedulerWorld({ scenario: 'scheduler-boot', now: Math.floor(Date.now() / 1000) });
    await world.tick();
    assert.deepEqual(world.emitted(), []);
    const shown = (runs: readonly Readonly<Record<string, unknown>>[]) =>
      runs.map((run) => [run.id, run.status, run.error ?? ''].join(' | ')).sort();
    // F4: ends by the clock (1, 3, 5).
    const running: ReadonlySet<unknown> = new Set([1, 3, 5]);
    for (const { step, body } of steps) {
      const job = /^runs of job (\d+)$/.exec(step)?.[1];
      if (job === undefined) continue;
      const expected = (body?.runs ?? []).map((run) => (running.has(run.id) ? { ...run, status: 'Running' } : run));
      assert.deepEqual(
        shown(world.runs(Number(job)) as readonly (RunRow & Record<string, unknown>)[]),
        shown(expected),
        step,
      );
    }
  });

  it('scheduler-dispatch: a script with variables, beside components that do not run', async () => {
    const steps = await recorded('scheduler-dispatch');
    const made = steps.find(({ step }) => step === 'store a script')?.request?.json as { content: unknown };
    const job = steps.find(({ step }) => step === 'create the job')?.request?.json as {
      components: readonly unknown[];
      targets: readonly string[];
    };
    const began = steps.find(({ step }) => step === 'the minute begins');
    assert.ok(began);
    world = await startSchedulerWorld();
    await world.putAssembly('Scripts/Scheduled/Greet.json', storedAssembly(made.content, 'Greet', '').toString());
    const { components, targets } = job;
    const id = world.addJob({ type: 'immediately', created: world.now, components, targets, context: 'current_user' });
    world.report('WS-ALPHA');
    await world.tick();
    const sent = began.events.filter(({ socket }) => socket === 'agent');
    assert.deepEqual(
      world.emitted().map(({ event, payload }) => [event, payload]),
      sent.map(({ event, data }) => [event, data[0]]),
    );
    const row = (table: string) => world.db.prepare(`SELECT * FROM ${table}`).get() as Record<string, unknown>;
    for (const { table, row: inserted } of began.rows) {
      const timeless = Object.entries(inserted).filter(([, value]) => value !== '<clock>');
      const got = row(table);
      assert.deepEqual(Object.fromEntries(timeless.map(([name]) => [name, got[name]])), Object.fromEntries(timeless));
    }
    assert.equal(world.runs(id).length, 1);
  });
});

/** Without what is told by the clock, or chosen at random; JSON within texts as values. */
function shownRow(row: object): Readonly<Record<string, JsonAnswer>> {
  const timeless = Object.entries(row).filter(
    ([name, value]) => !/_(?:ts|at)$/.test(name) && !(name === 'run_id' && typeof value === 'string'),
  );
  return Object.fromEntries(timeless.map(([name, value]) => [name, name === 'recap_json' ? jsonOf(value) : value]));
}

function jsonOf(value: unknown): JsonAnswer {
  if (typeof value === 'string') return JSON.parse(value) as JsonAnswer;
  return (value as { readonly '<json>'?: JsonAnswer })['<json>'] ?? (value as JsonAnswer);
}
