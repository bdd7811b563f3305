/** The engine's own Socket.IO server on the wire: what it takes, what it sends, and what it never sends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { request } from 'undici';
import WebSocket from 'ws';
import { type EngineProcess, startEngineProcess } from '../../kit/engine-process.js';
import { lethalFrames, openWireClient, openWireClients, type WireClient } from '../../kit/ws-client.js';

const isAck = (id: number) => (frame: string) => frame.startsWith(`43${id}[`);

describe('engine: its own Socket.IO server', () => {
  let engine: EngineProcess;
  const clients: WireClient[] = [];
  before(async () => {
    engine = await startEngineProcess({
      env: { BOREALIS_SOCKETS_MAX_MESSAGE_BYTES: '200000', BOREALIS_SOCKETS_MAX_UNSENT_BYTES: '2000000' },
    });
  });
  after(() => engine.stop());
  afterEach(() => {
    for (const client of clients.splice(0)) client.socket.terminate();
  });
  const open = async (count = 1): Promise<readonly WireClient[]> => {
    const opened = await openWireClients(engine.address, count);
    clients.push(...opened);
    return opened;
  };

  it('passes payloads on as they were sent, to all and the sender once each', async () => {
    const [sender, other] = await open(2);
    assert.ok(sender && other);
    const payload = '{"n":9007199254740993,"f":1.0,"z":1,"10":2,"2":[1e400,"\\ud800"],"t":"é"}';
    sender.send(`427["list_agent_windows",${payload}]`);
    await sender.frame(isAck(7));
    sender.send('428["macro_status",{}]');
    await sender.frame(isAck(8));
    await other.frame((frame) => frame.startsWith('42["macro_status"'));
    for (const { frames } of [sender, other])
      assert.deepEqual(
        frames.filter((frame) => frame.startsWith('42["list')),
        [`42["list_agent_windows",${payload}]`],
      );
    const order = sender.frames.filter((frame) => frame.startsWith('4') && !frame.startsWith('40'));
    assert.deepEqual(order, [`42["list_agent_windows",${payload}]`, '437[]', '42["macro_status",{}]', '438[]']);
  });

  it('takes any packet without ending the connection, and acknowledges only what has a handler and one argument', async () => {
    const [client] = await open();
    assert.ok(client);
    const odd = [
      '42{"a":1}',
      '42["macro_status"',
      '421["macro_status"]',
      '422["macro_status",{},{}]',
      '423["no_such_event",1]',
      '424["Macro_Status",{}]',
      '425["macro_status",5]',
      '426["macro_status",null]',
      '42["macro_status",{}]'.replace('42', '42/other,'),
      '43999["unasked"]',
      '44"error"',
      '451-["macro_status",{"_placeholder":true,"num":0}]',
      '4',
      '4x',
      '45-',
      `42["${'x'.repeat(1000)}",1]`,
      '40/other,{"token":1}',
    ];
    for (const frame of odd) client.send(frame);
    client.send('42100["macro_status",{"alive":true}]');
    await client.frame(isAck(100));
    const acks = client.frames.filter((frame) => frame.startsWith('43'));
    assert.deepEqual(acks, ['43100[]']);
    assert.ok(client.frames.includes('44/other,{"message":"Unable to connect"}'));
  });

  it('lets a client leave and join again, under another id and without its rooms', async () => {
    const [client, other] = await open(2);
    assert.ok(client && other);
    client.send('421["connect_agent",{"agent_id":"R"}]');
    await client.frame(isAck(1));
    client.send('41');
    client.send('422["macro_status",{"ignored":true}]');
    client.send('40');
    await client.frame((frame) => frame.startsWith('40{') && frame !== client.frames.find((f) => f.startsWith('40{')));
    const provisioned = await request(`${engine.address}/api/agent/provision`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"agent_id":"R","roles":[1]}',
    });
    assert.equal(provisioned.statusCode, 200);
    client.send('423["macro_status",{"heard":true}]');
    await client.frame(isAck(3));
    assert.equal(client.frames.filter((frame) => frame.includes('agent_config')).length, 0);
    assert.equal(other.frames.filter((frame) => frame.includes('ignored')).length, 0);
    assert.ok(!client.frames.includes('432[]'));
  });

  it('cuts off who sends a message beyond the limit, attachments counted together, and disturbs nobody else', async () => {
    const [tooLong, tooMany, other] = await open(3);
    assert.ok(tooLong && tooMany && other);
    tooLong.send(`42["macro_status",{"a":"${'x'.repeat(200_000)}"}]`);
    await tooLong.closed;
    const packet = ['a', 'b', 'c'].map((name, num) => `"${name}":{"_placeholder":true,"num":${num}}`).join(',');
    tooMany.send(`453-["agent_window_list",{${packet}}]`);
    for (let at = 0; at < 3; at += 1) tooMany.socket.send(Buffer.alloc(90_000));
    await tooMany.closed;
    other.send('421["macro_status",{}]');
    await other.frame(isAck(1));
    assert.deepEqual([tooLong, tooMany].flatMap(lethalFrames), []);
    assert.deepEqual(
      other.frames.filter((frame) => frame.includes('agent_window_list')),
      [],
    );
  });

  it('cuts off who left most unfinished when all together hold too much, by polling too, and disturbs nobody else', async () => {
    const many = await open(11);
    const [largest, ...others] = many;
    const half = (length: number): string => `42["macro_status",{"x":"${'x'.repeat(length)}`;
    const poll = await request(`${engine.address}/socket.io/?EIO=4`);
    const { sid } = JSON.parse((await poll.body.text()).slice(1)) as { sid: string };
    const { hostname, port } = new URL(engine.address);
    const polling = connect(Number(port), hostname);
    polling.on('error', () => {});
    polling.write(
      `POST /socket.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n${half(199_000)}`,
    );
    largest?.socket.send(half(190_000), { fin: false });
    for (const { socket } of others) socket.send(half(182_000), { fin: false });
    await Promise.all([once(polling, 'close'), largest?.closed]);
    await engine.logged(/socket-cut-off address=127\.0\.0\.1 it leaves a message unfinished/);
    const [one] = others;
    one?.socket.send('"}]', { fin: true });
    await one?.frame((frame) => frame.startsWith('42["macro_status"'));
    assert.ok(others.every(({ socket }) => socket.readyState === WebSocket.OPEN));
    assert.deepEqual(many.flatMap(lethalFrames), []);
  });

  it('cuts off who does not read, and says so', async () => {
    const [stuck, sender] = await open(2);
    assert.ok(stuck && sender);
    stuck.socket.pause();
    const image = 'x'.repeat(190_000);
    for (let id = 0; id < 100; id += 1) {
      sender.send(`42${id}["screenshot",{"agent_id":"A","image_base64":"${image}"}]`);
      await sender.frame(isAck(id));
    }
    await engine.logged(/socket-cut-off address=\S+ it reads too slowly/);
    stuck.socket.terminate();
  });

  it('answers joining within a second while 300 come at once', async () => {
    const many = await open(300);
    const slowest = Math.max(...many.map(({ joinedMs }) => joinedMs));
    assert.ok(slowest < 1000, `${slowest} ms`);
  });

  it('takes polling without a transport in the query, and refuses other methods and paths', async () => {
    const ask = async (path: string, method = 'GET') => {
      const answer = await request(`${engine.address}${path}`, { method: method as 'GET' });
      return [answer.statusCode, (await answer.body.text()).slice(0, 8)];
    };
    assert.deepEqual(await ask('/socket.io/?EIO=4'), [200, '0{"sid":']);
    assert.deepEqual(await ask('/socket.io/?EIO=4&EIO=3'), [200, '0{"sid":']);
    assert.equal((await ask('/socket.io/?EIO=3&EIO=4'))[0], 400);
    assert.equal((await ask('/socket.io/?EIO=4', 'PUT'))[0], 405);
    assert.equal((await ask('/socket.io/?EIO=4', 'DELETE'))[0], 405);
    assert.equal((await ask('/socket.io?EIO=4'))[0], 404);
  });

  it('ends a session whose polling body has more packets than any client sends at once', async () => {
    const poll = await request(`${engine.address}/socket.io/?EIO=4`);
    const { sid } = JSON.parse((await poll.body.text()).slice(1)) as { sid: string };
    const session = `${engine.address}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    const post = async (packets: number) => {
      const answer = await request(session, { method: 'POST', body: `6${'\x1e6'.repeat(packets - 1)}` });
      await answer.body.dump();
      return answer.statusCode;
    };
    assert.deepEqual([await post(10_000), await post(10_001), await post(1)], [200, 200, 400]);
  });

  it('answers requests for other protocols on other paths as if they had not asked', async () => {
    const ask = (path: string) =>
      new Promise<readonly [number | undefined, string]>((resolve, reject) => {
        const headers = { connection: 'Upgrade', upgrade: 'h2c' };
        httpRequest(`${engine.address}${path}`, { headers }, async (answer) => {
          let text = '';
          for await (const chunk of answer) text += String(chunk);
          resolve([answer.statusCode, text]);
        })
          .on('error', reject)
          .end();
      });
    assert.deepEqual(await ask('/health'), [200, '{"status":"ok"}\n']);
    assert.equal((await ask('/engine/internal/sockets'))[0], 404);
  });

  it('cuts off who sends too many events, and refuses connections beyond those of an address', async () => {
    const own = await startEngineProcess({
      env: { BOREALIS_SOCKETS_EVENTS_PER_SECOND: '1', BOREALIS_SOCKETS_CONNECTIONS_PER_ADDRESS: '3' },
    });
    try {
      const [flood, calm, ...others] = await openWireClients(own.address, 3);
      assert.ok(flood && calm);
      await assert.rejects(openWireClient(own.address), /429/);
      const polling = await request(`${own.address}/socket.io/?EIO=4&transport=polling`);
      assert.equal(polling.statusCode, 429);
      await polling.body.dump();
      for (let id = 0; id < 30; id += 1) flood.send(`42${id}["macro_status",{}]`);
      await flood.closed;
      await own.logged(/socket-cut-off address=127\.0\.0\.1 it sends more events than the rate allows/);
      calm.send('421["request_config",{}]');
      await calm.frame(isAck(1));
      const next = await openWireClient(own.address);
      assert.deepEqual([flood, calm, next].flatMap(lethalFrames), []);
      for (const client of [calm, next, ...others]) client.socket.terminate();
    } finally {
      await own.stop();
    }
  });

  it('ends connections without the packets that keep agents away', async () => {
    const own = await startEngineProcess();
    try {
      const clients = await openWireClients(own.address, 5);
      const poll = await request(`${own.address}/socket.io/?EIO=4&transport=polling`);
      const { sid } = JSON.parse((await poll.body.text()).slice(1)) as { sid: string };
      const session = `${own.address}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
      await (await request(session, { method: 'POST', body: '40' })).body.text();
      await (await request(session)).body.text();
      const pending = request(session).then(
        (answer) => answer.body.text(),
        () => '',
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
      const startedAt = performance.now();
      assert.equal(await own.end(), 0);
      assert.ok(performance.now() - startedAt < 4000);
      await Promise.all(clients.map(({ closed }) => closed));
      assert.deepEqual(clients.flatMap(lethalFrames), []);
      assert.ok(!(await pending).split('\x1e').some((packet) => /^(1|41)/.test(packet)));
    } finally {
      await own.stop();
    }
  });

  it('counts a client as gone that answers no ping, by a close at the transport', async () => {
    const own = await startEngineProcess({
      env: { BOREALIS_SOCKETS_PING_INTERVAL_MS: '200', BOREALIS_SOCKETS_PING_TIMEOUT_MS: '300' },
    });
    try {
      const alive = await openWireClient(own.address);
      const silent = new WebSocket(`${own.address.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
      const frames: string[] = [];
      silent.on('message', (data) => frames.push(String(data)));
      const [code] = await once(silent, 'close');
      assert.deepEqual([frames.length, frames[1]], [2, '2'], String(code));
      alive.send('421["macro_status",{}]');
      await alive.frame(isAck(1));
      alive.socket.terminate();
    } finally {
      await own.stop();
    }
  });
});
