/** The engine behind a facade that splits events: one link, all clients of the legacy, and those of its own beside them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import Database from 'better-sqlite3';
import { Pool } from 'undici';
import WebSocket from 'ws';
import { BRIDGE_PATH, BRIDGE_VERSION } from '../../../src/legacy-bridge/realtime/bridge-protocol.js';
import { TestLink } from '../../kit/bridge-link.js';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';

describe('engine: the link of a facade', () => {
  let engine: EngineProcess;
  let pool: Pool;
  let link: TestLink;
  before(async () => {
    engine = await startEngineProcess({ overSocket: true });
    pool = new Pool('http://engine', { socketPath: engine.address });
  });
  after(async () => {
    await pool.close();
    await engine.stop();
  });
  beforeEach(async () => {
    link = await TestLink.open(engine.address);
  });
  afterEach(async () => {
    link.socket.terminate();
    await link.closed;
  });

  const ask = async (path: string, body?: unknown) => {
    const sent =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await pool.request({ path, method: body === undefined ? 'GET' : 'POST', ...sent });
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> };
  };

  it('is taken with its version alone, and not from clients that the facade passes on', async () => {
    const other = await TestLink.connect(engine.address);
    other.tell({ type: 'hello', version: BRIDGE_VERSION + 1 });
    assert.equal(await other.closed, 4001);
    const tooEarly = await TestLink.connect(engine.address);
    tooEarly.tell({ type: 'join', session: 's', socket: 'x' });
    assert.equal(await tooEarly.closed, 4002);
    await assert.rejects(TestLink.connect(engine.address, { 'x-forwarded-for': '10.0.0.1' }), /404/);
  });

  it('does not exist over TCP', async () => {
    const own = await startEngineProcess();
    try {
      const socket = new WebSocket(`${own.address.replace('http', 'ws')}${BRIDGE_PATH}`);
      const [error] = await once(socket, 'error');
      assert.match(String(error), /404/);
    } finally {
      await own.stop();
    }
  });

  it('brings events to their handlers, and emissions before the answer', async () => {
    link.join('a', 'b');
    const done = await link.done('a', '217["macro_status",{"n":9007199254740993}]');
    assert.deepEqual([done.outcome, done.ack, typeof done.ms], ['handled', '317[]', 'number']);
    assert.deepEqual(link.heard.slice(-2), [
      {
        type: 'emit',
        to: 'all',
        event: 'macro_status',
        packet: '2["macro_status",{"n":9007199254740993}]',
        attachments: 0,
      },
      done,
    ]);
    assert.deepEqual((await link.done('a', '2["macro_status",{}]')).ack, undefined);
    assert.equal((await link.done('a', '21["no_such_event",{}]')).outcome, 'unknown');
    assert.equal((await link.done('a', '21["macro_status"]')).outcome, 'unknown');
    const failed = await link.done('a', '21["macro_status",5]');
    assert.deepEqual([failed.outcome, failed.ack], ['failed', undefined]);
  });

  it('brings attachments both ways', async () => {
    link.join('a');
    const bytes = [Buffer.from([1, 2]), Buffer.alloc(100_000, 7)];
    const payload = '{"x":{"_placeholder":true,"num":0},"y":{"_placeholder":true,"num":1}}';
    const done = await link.done('a', `52-3["agent_window_list",${payload}]`, 'handle', bytes);
    assert.equal(done.ack, '33[]');
    const [emit] = link.emits();
    assert.deepEqual([emit?.packet, emit?.attachments], [`52-["agent_window_list",${payload}]`, 2]);
    assert.deepEqual(link.bytes, bytes);
  });

  it('names the sessions of a room, and of the sender; others and those gone are not told', async () => {
    link.join('a', 'b', 'c', 'd');
    for (const session of ['a', 'b', 'd']) await link.done(session, '2["connect_agent",{"agent_id":"R"}]');
    link.tell({ type: 'leave', session: 'b' });
    link.tell({ type: 'close', session: 'd', reason: 'gone' });
    await link.done('c', '2["no_such_event",1]');
    assert.equal((await ask('/api/agent/provision', { agent_id: 'R', roles: [{ role: 'x' }] })).status, 200);
    await link.done('c', '2["request_config",{"agent_id":"R"}]');
    assert.deepEqual(
      link.emits().map(({ to, event, packet }) => [to, event, packet]),
      [
        [['a'], 'agent_config', '2["agent_config",{"roles":[{"role":"x"}],"agent_id":"R"}]'],
        [['c'], 'agent_config', '2["agent_config",{"roles":[{"role":"x"}]}]'],
      ],
    );
  });

  it('reaches clients of a link and clients of the engine itself once each', async () => {
    link.join('a', 'b');
    const own = new WebSocket(`ws+unix://${engine.address}:/socket.io/?EIO=4&transport=websocket`, {
      headers: { 'x-forwarded-for': '10.0.0.9' },
    });
    const frames: string[] = [];
    own.on('message', (data) => frames.push(String(data)));
    const frame = async (matches: (text: string) => boolean) => {
      while (!frames.some(matches)) await once(own, 'message');
    };
    await frame((text) => text.startsWith('0{'));
    own.send('40');
    await frame((text) => text.startsWith('40{'));
    own.send('421["connect_agent",{"agent_id":"SHARED"}]');
    await frame((text) => text === '431[]');
    await link.done('a', '2["connect_agent",{"agent_id":"SHARED"}]');
    await ask('/api/agent/provision', { agent_id: 'SHARED', roles: [] });
    await link.done('b', '2["list_agent_windows",1]');
    own.send('422["agent_window_list",2]');
    await frame((text) => text === '432[]');
    own.terminate();
    await link.done('b', '2["no_such_event",1]');
    assert.deepEqual(
      link.emits().map(({ to, event }) => [to, event]),
      [
        [['a'], 'agent_config'],
        ['all', 'list_agent_windows'],
        ['all', 'agent_window_list'],
      ],
    );
    assert.deepEqual(
      frames.filter((text) => text.startsWith('42')).map((text) => JSON.parse(text.slice(2))[0]),
      ['agent_config', 'list_agent_windows', 'agent_window_list'],
    );
  });

  it('lets the engine learn what the legacy handles, without a word or a row', async () => {
    link.join('a');
    const beat = '21["agent_heartbeat",{"agent_id":"LEARNED","hostname":"PC-LEARNED"}]';
    const learned = await link.done('a', beat, 'learn');
    assert.deepEqual([learned.outcome, learned.ack], ['handled', undefined]);
    await link.done('a', '2["connect_agent",{"agent_id":"LEARNED"}]', 'learn');
    await link.done('a', '2["screenshot",{"agent_id":"LEARNED","image_base64":"x"}]', 'learn');
    await link.done('a', '2["quick_job_result",{"job_id":1}]', 'learn');
    assert.deepEqual(link.emits(), []);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const db = new Database(engine.databaseFile, { readonly: true });
    assert.deepEqual(db.prepare(`SELECT * FROM devices WHERE hostname = 'PC-LEARNED'`).all(), []);
    db.close();
    const { body } = await ask('/api/agents');
    assert.equal((body.LEARNED as { hostname: string }).hostname, 'PC-LEARNED');
    await ask('/api/agent/provision', { agent_id: 'LEARNED', roles: [] });
    assert.deepEqual(
      link.emits().map(({ to }) => to),
      [['a']],
    );
  });

  it('tells what it would do, and does nothing of it', async () => {
    link.join('a');
    const db = new Database(engine.databaseFile);
    db.exec(`INSERT INTO activity_history (id, hostname, status) VALUES (70, 'PC-70', 'Running')`);
    const result = await link.done(
      'a',
      '29["quick_job_result",{"job_id":70,"status":"Success","stdout":"out"}]',
      'dry-run',
    );
    assert.deepEqual([result.outcome, result.ack, result.notSeen], ['handled', '39[]', []]);
    assert.deepEqual(result.effects?.events, [
      {
        event: 'device_activity_changed',
        room: null,
        payload: { activity_id: 70, hostname: 'PC-70', status: 'Success', change: 'updated', source: 'quick_job' },
      },
    ]);
    assert.deepEqual(
      result.effects?.rows.map(({ table, change, after }) => [table, change, after?.status, after?.stdout]),
      [['activity_history', 'update', 'Success', 'out']],
    );
    const beat = '2["agent_heartbeat",{"agent_id":"DRY","hostname":"PC-DRY","last_seen":5}]';
    const presence = await link.done('a', beat, 'dry-run');
    assert.deepEqual(
      presence.effects?.rows.map(({ table, change, after }) => [table, change, after?.hostname, after?.last_seen]),
      [['devices', 'insert', 'PC-DRY', 5]],
    );
    await link.done('a', '2["connect_agent",{"agent_id":"DRY"}]', 'dry-run');
    await ask('/api/agent/provision', { agent_id: 'DRY', roles: [1] });
    const config = await link.done('a', '2["request_config",{"agent_id":"DRY"}]', 'dry-run');
    assert.deepEqual(config.effects?.events, [
      { event: 'agent_config', room: null, toSender: true, payload: { roles: [1] } },
    ]);
    const failed = await link.done('a', '21["agent_heartbeat",{"agent_id":"DRY","last_seen":"soon"}]', 'dry-run');
    assert.deepEqual([failed.outcome, failed.ack, failed.effects?.rows], ['failed', undefined, []]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(db.prepare(`SELECT status FROM activity_history WHERE id = 70`).get(), { status: 'Running' });
    assert.deepEqual(db.prepare(`SELECT * FROM devices WHERE hostname = 'PC-DRY'`).all(), []);
    db.close();
    assert.equal('DRY' in (await ask('/api/agents')).body, false);
    assert.deepEqual(link.emits(), []);
  });

  it('answers each event once, those of a session in their order', async () => {
    link.join('a', 'b');
    const numbers: number[] = [];
    for (let at = 0; at < 300; at += 1) {
      const result = at % 3 === 0 ? '2["quick_job_result",{"job_id":5000}]' : '2["list_agent_windows",1]';
      numbers.push(link.event(at % 2 === 0 ? 'a' : 'b', at % 7 === 0 ? '2["no_such_event",1]' : result));
    }
    await link.done('a', '2["no_such_event",1]');
    await link.done('b', '2["no_such_event",1]');
    const done = link.heard.flatMap((message) => (message.type === 'done' ? [message.number] : []));
    for (const parity of [1, 0]) {
      const own = done.filter((number) => number % 2 === parity && number <= 300);
      assert.deepEqual(
        own,
        numbers.filter((number) => number % 2 === parity),
      );
    }
  });

  it('is ended by what is no message, and the engine lives', async () => {
    for (const odd of ['no json', '5', '{"type":"event"}', '{"type":"event","session":"a","number":1,"use":"x"}']) {
      const other = await TestLink.open(engine.address);
      other.socket.send(odd);
      assert.equal(await other.closed, 4002, odd);
    }
    const bytes = await TestLink.open(engine.address);
    bytes.socket.send(Buffer.alloc(3));
    assert.equal(await bytes.closed, 4002);
    link.tell({ type: 'something newer', session: 'a' });
    link.join('a');
    assert.equal((await link.done('a', '2["list_agent_windows",1]')).outcome, 'handled');
  });

  it('takes what the facade lets through, whatever the engine takes from clients of its own', async () => {
    const own = await startEngineProcess({ overSocket: true, env: { BOREALIS_SOCKETS_MAX_MESSAGE_BYTES: '1000' } });
    try {
      const wide = await TestLink.open(own.address);
      wide.join('a');
      const done = wide.done('a', `2["macro_status",{"x":"${'x'.repeat(2_000_000)}"}]`);
      assert.equal(await Promise.race([done.then(({ outcome }) => outcome), wide.closed]), 'handled');
      wide.socket.terminate();
    } finally {
      await own.stop();
    }
  });

  it('leaves nobody in a room when it ends', async () => {
    const other = await TestLink.open(engine.address);
    other.join('x');
    await other.done('x', '2["connect_agent",{"agent_id":"ROOM"}]');
    other.socket.terminate();
    await engine.logged(/bridge-link-closed code=1006 sessions=1/);
    link.join('x');
    await ask('/api/agent/provision', { agent_id: 'ROOM', roles: [] });
    await link.done('x', '2["no_such_event",1]');
    assert.deepEqual(link.emits(), []);
  });

  it('tells who asks what jobs there are, and nobody else', async () => {
    link.join('a', 'b');
    const job = { name: 'J', components: [{ type: 'script', path: 'x' }], targets: ['PC'], schedule: { type: 'once' } };
    assert.equal((await ask('/api/scheduled_jobs', job)).status, 200);
    const before = link.emits().length;
    const done = await link.done('b', '24["job_status_request",null]');
    const [status, ...others] = link.emits().slice(before);
    assert.deepEqual([done.ack, status?.to, status?.event, others], ['34[]', ['b'], 'job_status', []]);
    const [, payload] = JSON.parse(status?.packet.slice(1) ?? '') as [string, { jobs: { name: string }[] }];
    assert.deepEqual(
      payload.jobs.map(({ name }) => name),
      ['J'],
    );
  });

  it('tells the facade which events it handles', async () => {
    const { body } = await ask('/engine/internal/routes');
    assert.deepEqual([...(body.events as string[])].sort(), [
      'agent_heartbeat',
      'agent_screenshot_task',
      'agent_window_list',
      'ansible_playbook_cancel',
      'ansible_playbook_run',
      'collector_status',
      'connect_agent',
      'job_status_request',
      'list_agent_windows',
      'macro_status',
      'quick_job_result',
      'request_config',
      'screenshot',
    ]);
  });

  it('survives an upgrade that breaks off', async () => {
    const socket = connect(engine.address);
    socket.write(`GET ${BRIDGE_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    socket.destroy();
    link.join('a');
    assert.equal((await link.done('a', '2["list_agent_windows",1]')).outcome, 'handled');
  });
});
