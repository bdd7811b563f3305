/** An engine that is told to end while news of agents wait to be written: nothing of it is lost. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import Database from 'better-sqlite3';
import { TestLink } from '../../kit/bridge-link.js';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';
import { lethalFrames, openWireClient, openWireClients } from '../../kit/ws-client.js';

const HOSTS = 250;

describe('engine: its end while presence waits', () => {
  let engine: EngineProcess;
  let db: Database.Database;
  const start = async (env: Readonly<Record<string, string>>, overSocket = false) => {
    engine = await startEngineProcess({ env, overSocket });
    db = new Database(engine.databaseFile);
  };
  afterEach(async () => {
    db.close();
    await engine.stop();
  });

  const seen = () => db.prepare('SELECT count(*) AS n FROM devices WHERE last_seen = 1800000000').get();
  const beats = async () => {
    const client = await openWireClient(engine.address);
    for (let host = 0; host < HOSTS; host += 1)
      client.send(`42["agent_heartbeat",{"agent_id":"A-${host}","hostname":"PC-${host}","last_seen":1800000000}]`);
    client.send('421["macro_status",{}]');
    await client.frame((frame) => frame === '431[]');
    return client;
  };

  it('writes at once what would have waited for a minute', async () => {
    await start({ BOREALIS_SOCKETS_PRESENCE_DELAY_MS: '60000' });
    const client = await beats();
    assert.deepEqual(seen(), { n: 0 });
    assert.equal(await engine.end(), 0);
    assert.deepEqual(seen(), { n: HOSTS });
    assert.deepEqual(lethalFrames(client), []);
  });

  it('waits for the legacy to let go of the database', async () => {
    await start({ BOREALIS_SOCKETS_PRESENCE_DELAY_MS: '10', BOREALIS_ENGINE_BUSY_DEADLINE_MS: '400' });
    db.exec('BEGIN IMMEDIATE');
    await beats();
    await engine.logged(/presence-delayed/);
    const ended = engine.end();
    await engine.logged(/engine-stopping/);
    setTimeout(() => db.exec('COMMIT'), 600);
    assert.equal(await ended, 0);
    assert.deepEqual(seen(), { n: HOSTS });
    assert.doesNotMatch(await engine.logText(), /presence-lost/);
  });

  it('finishes a result that came before, and tells in the log what it could not write', async () => {
    await start({ BOREALIS_SOCKETS_PRESENCE_DELAY_MS: '10', BOREALIS_ENGINE_BUSY_DEADLINE_MS: '200' });
    db.exec(`INSERT INTO activity_history (id, hostname, status) VALUES (1, 'PC', 'Running')`);
    db.exec('BEGIN IMMEDIATE');
    const [client] = await openWireClients(engine.address, 1);
    client?.send('421["quick_job_result",{"job_id":1,"status":"Success"}]');
    client?.send('422["agent_heartbeat",{"agent_id":"A","hostname":"PC","last_seen":1800000000}]');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ended = engine.end();
    await engine.logged(/engine-stopping/);
    setTimeout(() => db.exec('COMMIT'), 300);
    assert.equal(await ended, 0);
    assert.deepEqual(db.prepare('SELECT status FROM activity_history').get(), { status: 'Success' });
    assert.deepEqual(seen(), { n: 1 });
  });

  it('writes it also while a request is in flight that takes its time', async () => {
    await start({ BOREALIS_SOCKETS_PRESENCE_DELAY_MS: '60000' });
    await beats();
    const { hostname, port } = new URL(engine.address);
    const slow = connect(Number(port), hostname);
    slow.on('error', () => undefined);
    slow.write('POST /api/agent/provision HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ended = engine.end();
    while ((seen() as { n: number }).n < HOSTS) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(engine.child.exitCode, null);
    slow.destroy();
    assert.equal(await ended, 0);
  });

  it('answers over the link what it has heard, refuses what still comes, and then closes', async () => {
    await start({ BOREALIS_ENGINE_BUSY_DEADLINE_MS: '400' }, true);
    db.exec(`INSERT INTO activity_history (id, hostname, status) VALUES (1, 'PC', 'Running')`);
    db.exec('BEGIN IMMEDIATE');
    const link = await TestLink.open(engine.address);
    link.join('a', 'b');
    const result = link.done('a', '21["quick_job_result",{"job_id":1,"status":"Success"}]');
    await link.done('b', '2["list_agent_windows",1]');
    const ended = engine.end();
    await engine.logged(/engine-stopping/);
    const late = await link.done('b', '2["list_agent_windows",2]');
    assert.equal(late.outcome, 'refused');
    db.exec('COMMIT');
    assert.deepEqual([(await result).outcome, (await result).ack], ['handled', '31[]']);
    assert.deepEqual([await link.closed, await ended], [1001, 0]);
    assert.deepEqual(
      link.emits().map(({ packet }) => packet.slice(0, 25)),
      ['2["list_agent_windows",1]', '2["device_activity_change'],
    );
  });
});
