/** Scheduled jobs over HTTP, beyond what was recorded: odd bodies, broken rows, 64 bits, zones. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { type Dispatcher, request } from 'undici';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';

const JOBS = '/api/scheduled_jobs';
const JOB = { name: 'Job', components: [{ type: 'script', path: 'a.json' }], targets: ['PC-1'] };

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

describe('scheduled jobs', () => {
  let engine: EngineProcess;
  let db: Database.Database;
  before(async () => {
    engine = await startEngineProcess({ env: { TZ: 'America/Denver', BOREALIS_JOB_HISTORY_DAYS: '2' } });
    db = new Database(engine.databaseFile);
  });
  after(async () => {
    db.close();
    await engine.stop();
  });

  const send = async (method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<Answer> => {
    const answer = await request(`${engine.address}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: JSON.parse(text) as Record<string, unknown> };
  };
  const create = async (fields: object): Promise<Record<string, unknown>> => {
    const { status, body } = await send('POST', JOBS, { ...JOB, ...fields });
    assert.equal(status, 200, JSON.stringify(body));
    return body.job as Record<string, unknown>;
  };

  it('reads a start without a zone as local time, and steps by months in local time', async () => {
    const job = await create({ schedule: { type: 'monthly', start: '2100-01-31T09:30' } });
    assert.equal(job.start_ts, Date.parse('2100-01-31T09:30:00-07:00') / 1000);
    db.prepare('INSERT INTO scheduled_job_runs (job_id, scheduled_ts) VALUES (?, ?)').run(job.id, job.start_ts);
    const { body } = await send('GET', `${JOBS}/${job.id}`);
    const next = (body.job as Record<string, unknown>).next_run_ts;
    assert.equal(next, Date.parse('2100-02-28T09:30:00-07:00') / 1000);
  });

  it('keeps and shows numbers of 64 bits digit by digit', async () => {
    const most = '9223372036854775807';
    const body = JSON.stringify(JOB).replace(
      '{',
      `{"credential_id": ${most}, "schedule": {"type": "once", "start": ${most}}, `,
    );
    const answer = await request(`${engine.address}${JOBS}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const text = await answer.body.text();
    assert.equal(answer.statusCode, 200, text);
    assert.match(text, new RegExp(`"credential_id":${most}`));
    assert.match(text, /"next_run_ts":9223372036854775800/);
    const stored = db.prepare('SELECT CAST(start_ts AS TEXT) FROM scheduled_jobs ORDER BY id DESC').pluck().get();
    assert.equal(stored, most);
  });

  it('leaves the account flag of later builds of the legacy as it is', async () => {
    const { id } = await create({ use_service_account: false });
    db.prepare('UPDATE scheduled_jobs SET use_service_account = 0 WHERE id = ?').run(id);
    await send('PUT', `${JOBS}/${id}`, { name: 'other', use_service_account: true });
    await send('POST', `${JOBS}/${id}/toggle`);
    const row = db.prepare('SELECT name, use_service_account AS flag FROM scheduled_jobs WHERE id = ?').get(id);
    assert.deepEqual(row, { name: 'other', flag: 0 });
  });

  for (const [what, column, value] of [
    ['targets cut off', 'targets_json', '["PC-1"'],
    ['targets a number', 'targets_json', '5'],
    ['components no JSON', 'components_json', 'x'],
  ] as const)
    it(`a job with ${what} harms itself alone, and can be repaired`, async () => {
      const { id } = await create({ name: 'broken' });
      const sound = await create({ name: 'sound' });
      db.prepare(`UPDATE scheduled_jobs SET ${column} = ? WHERE id = ?`).run(value, id);
      const ids = async () => ((await send('GET', JOBS)).body.jobs as { id: number }[]).map((job) => job.id);
      const listed = await ids();
      assert.ok(listed.includes(Number(sound.id)) && !listed.includes(Number(id)));
      for (const answer of [
        await send('GET', `${JOBS}/${id}`),
        await send('POST', `${JOBS}/${id}/toggle`, { enabled: false }),
        await send('PUT', `${JOBS}/${id}`, { name: 'renamed' }),
      ])
        assert.deepEqual([answer.status, answer.body.error], [409, 'job_unreadable']);
      const row = () => db.prepare('SELECT name, enabled FROM scheduled_jobs WHERE id = ?').get(id);
      assert.deepEqual(row(), { name: 'broken', enabled: 1 });
      assert.equal((await send('GET', `${JOBS}/${id}/devices`)).status, 200);
      const { components, targets } = JOB;
      assert.equal((await send('PUT', `${JOBS}/${id}`, { components, targets })).status, 200);
      assert.ok((await ids()).includes(Number(id)));
      await engine.logged(new RegExp(`scheduled-job-unreadable id=${id}`));
    });

  it('shows as many days of runs as the setting says', async () => {
    const { id } = await create({});
    const now = Math.floor(Date.now() / 1000);
    const add = db.prepare('INSERT INTO scheduled_job_runs (job_id, scheduled_ts) VALUES (?, ?)');
    for (const days of [0.5, 1.9, 2.1]) add.run(id, now - Math.round(days * 86_400));
    const runs = async (query: string) => ((await send('GET', `${JOBS}/${id}/runs${query}`)).body.runs as []).length;
    assert.deepEqual([await runs(''), await runs('?days=1'), await runs('?days=3')], [2, 1, 3]);
  });

  it('answers any body with a documented status, and stores nothing of what it refuses', async () => {
    const odd = fc.oneof(
      fc.constantFrom(
        null,
        true,
        false,
        0,
        1,
        -1,
        1.5,
        1e300,
        '',
        ' ',
        'x',
        '\ud800',
        '\u0000',
        '2100-01-01T00:00:00Z',
      ),
      fc.constantFrom([], {}, [1], ['a', null, { b: 1 }], { type: 'daily', start: 5 }, { stopAfterEnabled: 1 }),
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(2 ** 53, -(2 ** 63), 2 ** 64),
    );
    const fields = [
      ...['name', 'components', 'targets', 'schedule', 'schedule_type', 'start', 'duration', 'duration_stop_enabled'],
      ...['expiration', 'execution_context', 'credential_id', 'enabled'],
    ];
    const body = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.dictionary(fc.constantFrom(...fields), odd).map((one) => JSON.stringify({ ...JOB, ...one })),
      },
      { weight: 4, arbitrary: fc.dictionary(fc.constantFrom(...fields), odd).map((one) => JSON.stringify(one)) },
      { weight: 1, arbitrary: odd.map((one) => JSON.stringify(one)) },
      fc.string(),
      fc.constantFrom('{"name":NaN}', '{"start":Infinity}', '{"start":NaN}', '[', '"', '{"targets":1e999}'),
    );
    const { id } = await create({});
    const paths = [`POST ${JOBS}`, `PUT ${JOBS}/${id}`, `POST ${JOBS}/${id}/toggle`];
    const stored = () => JSON.stringify(db.prepare('SELECT * FROM scheduled_jobs ORDER BY id').all());
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), body, async (path, text) => {
        const [method = '', target = ''] = path.split(' ');
        const before = stored();
        const answer = await send(method as Dispatcher.HttpMethod, target, text);
        assert.ok(
          [200, 400].includes(answer.status),
          `${path} ${text} ${answer.status} ${JSON.stringify(answer.body)}`,
        );
        if (answer.status === 400) {
          assert.ok(typeof answer.body.error === 'string' && answer.body.error !== '');
          assert.equal(stored(), before);
        } else assert.equal((await send('GET', `${JOBS}/${(answer.body.job as { id: number }).id}`)).status, 200);
      }),
      { numRuns: 300 },
    );
  }).timeout(60_000);

  it('answers any query of runs and devices with 200 or 400', async () => {
    const { id } = await create({});
    const text = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.bigInt().map(String),
      fc.constantFrom('1_0', '٣', '%'),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('runs?days=', 'devices?occurrence='), text, async (path, value) => {
        const { status } = await send('GET', `${JOBS}/${id}/${path}${encodeURIComponent(value)}`);
        assert.ok([200, 400].includes(status), `${path}${value} ${status}`);
      }),
      { numRuns: 150 },
    );
  }).timeout(60_000);
});
