/** What a dry run does not use up in the engine's memory, what it says when it can't be finished, and that it then leaves nothing either. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { traceDatabase } from '../../kit/database-trace.js';
import { GUID, startDeviceWorld } from '../../kit/device-world.js';
import { approvedPoll, enrolmentOf, proofOf, secondFactor } from '../../kit/dry-run-calls.js';
import { type Call, type DryRunWorld, startDryRunWorld } from '../../kit/dry-run-world.js';

const HEARTBEAT = '/api/agent/heartbeat';
const REFRESH = '/api/agent/token/refresh';

describe('a dry run', function () {
  this.timeout(60_000);
  let world: DryRunWorld;
  beforeEach(async () => {
    world = await startDryRunWorld({
      BOREALIS_ENGINE_DRY_RUN_WAIT_MS: '5000',
      BOREALIS_ENGINE_DRY_RUN_HOLD_MS: '5000',
    });
  });
  afterEach(() => world.stop());

  const heartbeat = async (claims = {}): Promise<Call> => ({
    path: HEARTBEAT,
    headers: { authorization: `Bearer ${await world.token(claims)}` },
    body: { metrics: { operating_system: 'Windows 11' } },
  });
  const dryStatus = async (call: Call): Promise<number | string> => {
    const reply = await world.dryRun(call);
    return reply.outcome === 'run' ? reply.answer.status : reply.reason;
  };
  const times = async <T>(n: number, work: () => Promise<T>): Promise<T[]> => {
    const results: T[] = [];
    for (let at = 0; at < n; at += 1) results.push(await work());
    return results;
  };

  it('counts for no limit of devices, and is refused where a live call would be', async () => {
    const call = await heartbeat();
    assert.deepEqual(new Set(await times(70, () => dryStatus(call))), new Set([200]));
    assert.deepEqual(new Set(await times(60, async () => (await world.live(call)).status)), new Set([200]));
    assert.equal(await dryStatus(call), 429);
    assert.equal((await world.live(call)).status, 429);
  });

  it('consumes no proof, and knows those that were consumed', async () => {
    const call: Call = {
      path: REFRESH,
      headers: { dpop: await proofOf(`https://rmm.example${REFRESH}`) },
      body: { guid: GUID, refresh_token: 'plain' },
    };
    assert.deepEqual([await dryStatus(call), await dryStatus(call)], [200, 200]);
    assert.equal((await world.live(call)).status, 200);
    assert.equal((await world.live(call)).body.error, 'dpop_replayed');
    assert.equal(await dryStatus(call), 400);
  });

  it('counts for no limit of enrolment, and uses up neither code nor proof', async () => {
    const { request } = enrolmentOf(world);
    assert.deepEqual(new Set(await times(50, () => dryStatus(request))), new Set([200]));
    assert.equal((await world.live(request)).status, 200);
    const poll = await approvedPoll(world);
    const first = await world.dryRun(poll);
    assert.ok(first.outcome === 'run');
    assert.match(first.answer.body.toString(), /refresh_token/);
    const live = await world.live(poll);
    assert.equal(typeof live.body.refresh_token, 'string');
    assert.notEqual(JSON.parse(first.answer.body.toString()).refresh_token, live.body.refresh_token);
  });

  it('counts no attempt at a password or a code, and uses up no code', async () => {
    const wrong: Call = { path: '/api/auth/login', body: { username: 'admin', password: 'wrong' } };
    assert.deepEqual(new Set(await times(60, () => dryStatus(wrong))), new Set([401]));
    assert.equal((await world.live({ ...wrong, body: { username: 'admin', password: 'Password' } })).status, 200);
    const code = await secondFactor(world);
    assert.deepEqual(
      await times(15, () => dryStatus(code)),
      Array.from({ length: 15 }, () => 200),
    );
    assert.equal((await world.live(code)).status, 200);
    assert.notEqual(await dryStatus(code), 200);
    assert.deepEqual(new Set(await times(10, async () => (await world.live(wrong)).status)), new Set([401]));
    assert.equal(await dryStatus(wrong), 429);
  });

  it('makes no row of a device that is unknown, and tells of the one it would make', async () => {
    const before = await world.trace();
    const claims = { guid: 'AAAAAAAA-0000-4000-8000-00000000000A', fingerprint: 'cd'.repeat(32) };
    const reply = await world.dryRun(await heartbeat(claims));
    assert.ok(reply.outcome === 'run');
    assert.deepEqual(
      reply.effects.rows.map(({ table, change, after }) => [table, change, after?.guid, after?.operating_system]),
      [['devices', 'insert', claims.guid, 'Windows 11']],
    );
    assert.ok(reply.lockMs > 0 && reply.ms >= reply.lockMs);
    assert.deepEqual(await world.trace(), before);
  });

  it('that is refused midway, or meets a fault, answers so and leaves nothing', async () => {
    world.db.exec("CREATE TRIGGER broken BEFORE UPDATE ON devices BEGIN SELECT RAISE(ABORT, 'planted'); END");
    const before = await world.trace();
    const reply = await world.dryRun(await heartbeat());
    assert.ok(reply.outcome === 'run');
    assert.equal(reply.answer.status, 500);
    assert.deepEqual(reply.effects.rows, []);
    assert.deepEqual(await world.trace(), before);
    world.db.exec('DROP TRIGGER broken');
    assert.equal((await world.live(await heartbeat())).status, 200);
    const lines = (await world.engine.logText()).split('\n').filter((line) => line.includes('request-failed'));
    assert.ok(lines.length === 1 && lines[0]?.includes('-dry-run request-failed'), lines.join('\n'));
    assert.doesNotMatch(world.engine.errors(), /request-failed/);
  });

  it('gives up soon where another process holds the database, while live calls wait', async () => {
    await world.stop();
    world = await startDryRunWorld({ BOREALIS_ENGINE_DRY_RUN_WAIT_MS: '40' });
    const call = await heartbeat();
    world.db.exec('BEGIN IMMEDIATE');
    const live = world.live(call);
    const began = performance.now();
    assert.equal(await dryStatus(call), 'database_busy');
    assert.ok(performance.now() - began < 1000);
    world.db.exec('COMMIT');
    assert.equal((await live).status, 200);
    assert.equal(await dryStatus(call), 200);
  });

  it('that holds the database for too long is rolled back', async () => {
    await world.stop();
    world = await startDryRunWorld({ BOREALIS_ENGINE_DRY_RUN_HOLD_MS: '1' });
    // Long enough in SQLite that the timer is due when the statement ends; its handler goes on to a second write.
    world.db.exec(`CREATE TRIGGER slow BEFORE UPDATE ON agent_service_account BEGIN
      SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n); END`);
    const token = await world.token();
    const headers = { authorization: `Bearer ${token}` };
    await world.live({ path: '/api/agent/checkin', headers, body: { agent_id: 'PC-agent' } });
    const before = traceDatabase(world.engine.databaseFile);
    const reply = await world.dryRun({
      path: '/api/agent/service-account/rotate',
      headers,
      body: { agent_id: 'PC-agent' },
    });
    // Whichever comes first, the handler's end or the timer: nothing is kept.
    assert.ok(reply.lockMs > 1);
    assert.deepEqual(traceDatabase(world.engine.databaseFile), before);
  });

  it('whose caller goes away lets go of the database', async () => {
    const before = await world.trace();
    const token = await world.token();
    const head = `POST ${HEARTBEAT} HTTP/1.1\r\nhost: a\r\nx-facade-dry-run: 1\r\nauthorization: Bearer ${token}\r\ncontent-length: 2\r\n\r\n`;
    for (let n = 0; n < 20; n += 1) {
      const socket = connect(world.engine.address);
      await once(socket, 'connect');
      socket.write(`${head}${n % 2 === 0 ? '{}' : '{'}`);
      if (n % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
    }
    assert.equal((await world.live({ ...(await heartbeat()), body: {} })).status, 200);
    assert.deepEqual(Object.keys((await world.trace()).database.rows), Object.keys(before.database.rows));
    assert.doesNotMatch(await world.engine.logText(), /uncaught|unhandled/);
  });

  it('stands beside two hundred others and live writes, and none is lost or kept', async () => {
    const claims = Array.from({ length: 20 }, (_, n) => ({
      guid: `AAAAAAAA-0000-4000-8000-${String(n).padStart(12, '0')}`,
      fingerprint: String(n).padStart(64, '0'),
    }));
    for (const { guid, fingerprint } of claims)
      world.db
        .prepare('INSERT INTO devices (guid, hostname, ssl_key_fingerprint) VALUES (?, ?, ?)')
        .run(guid, guid, fingerprint);
    const calls = await Promise.all(claims.map(heartbeat));
    const dry = Array.from({ length: 200 }, (_, n) =>
      world.dryRun({ ...(calls[n % 20] as Call), body: { metrics: { operating_system: 'never' } } }),
    );
    const live = Array.from({ length: 200 }, (_, n) =>
      world.live({ ...(calls[n % 20] as Call), body: { metrics: { operating_system: `live ${n}` } } }),
    );
    const outcomes = (await Promise.all(dry)).map((reply) =>
      reply.outcome === 'run' ? reply.answer.status : reply.reason,
    );
    assert.deepEqual(new Set(outcomes), new Set([200]));
    assert.deepEqual(new Set((await Promise.all(live)).map(({ status }) => status)), new Set([200]));
    const kept = world.db.prepare('SELECT DISTINCT operating_system FROM devices').pluck().all() as string[];
    assert.ok(!kept.includes('never'));
    assert.equal(world.db.pragma('integrity_check', { simple: true }), 'ok');
  });

  it('is asked for by the facade alone', async () => {
    const tcp = await startDeviceWorld();
    try {
      const before = traceDatabase(tcp.engine.databaseFile);
      const answer = await tcp.call(HEARTBEAT, { headers: { 'x-facade-dry-run': '1' } });
      assert.equal(answer.status, 400);
      assert.match(String(answer.body.detail), /x-facade-dry-run/);
      assert.deepEqual(traceDatabase(tcp.engine.databaseFile), before);
    } finally {
      await tcp.stop();
    }
    for (const headers of [
      { 'x-facade-dry-run': '2' },
      { 'x-facade-dry-run': '1', 'x-facade-dry-run-method': 'PUT' },
      { 'x-facade-dry-run': '' },
    ]) {
      const call = await heartbeat();
      const answer = await world.live({ ...call, headers: { ...call.headers, ...headers } });
      assert.equal(answer.status, 400);
    }
    assert.equal(
      (await world.live({ method: 'HEAD', path: '/health', headers: { 'x-facade-dry-run': '1' } })).status,
      400,
    );
  });

  it('marks its lines in the log', async () => {
    await world.dryRun(await heartbeat({ guid: 'AAAAAAAA-0000-4000-8000-00000000000B', fingerprint: 'ce'.repeat(32) }));
    await world.engine.logged(/dry-run device-recovered/);
    assert.doesNotMatch(await world.engine.logText(), /engine-device-recovered/);
  });
});
