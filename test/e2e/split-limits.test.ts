/** What the packet bridge does with clients that are too many, too fast, too large, too slow, or send nonsense. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { io, type Socket } from 'socket.io-client';
import { request } from 'undici';
import { WebSocketServer } from 'ws';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { eventRow, type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { type StubEngineLink, startStubEngineLink } from '../kit/stub-engine-link.js';
import { lethalFrames, openWireClient, openWireClients, type WireClient } from '../kit/ws-client.js';

const CUT_BY_LIMIT = /^closed legacy websocket /;

describe('limits at stage split', () => {
  let legacy: FlaskSocketio;
  let engine: StubEngineLink;
  let facade: SocketFacade;
  before(async () => {
    legacy = await startFlaskSocketio();
    engine = await startStubEngineLink();
    facade = await startSocketFacade({
      legacy: { url: legacy.url },
      engine: { socketPath: engine.socketPath },
      events: [eventRow('to_engine'), eventRow('to_engine_alone', { fallback: 'none' })],
      stage: 'split',
      split: {
        eventsPerSecond: 20,
        messageBytes: 3_000_000,
        bufferBytes: 1_000_000,
        connectionsPerAddress: 3,
        pingIntervalMs: 60_000,
      },
    });
    await facade.told('link up');
  });
  after(async () => {
    await facade.close();
    await engine.stop();
    await legacy.kill();
  });

  async function ended(client: WireClient, reason: string): Promise<void> {
    const before = facade.counted.filter((line) => CUT_BY_LIMIT.test(line)).length;
    await client.closed;
    await facade.told('closed legacy websocket', before > 0 ? before : 1);
    assert.equal(
      facade.counted.findLast((line) => CUT_BY_LIMIT.test(line)),
      `closed legacy websocket ${reason}`,
    );
    assert.deepEqual(lethalFrames(client), []);
  }

  async function end(...clients: readonly WireClient[]): Promise<void> {
    for (const client of clients) client.socket.terminate();
    while (facade.sockets.registry.counts().legacy.websocket > 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  it('events of one connection beyond the rate end it, with the reason in log and metrics', async () => {
    const client = await openWireClient(facade.url);
    for (let number = 0; number < 201; number += 1) client.send('42["echo",1]');
    await ended(client, 'event-rate');
    assert.deepEqual(facade.log.entries.findLast(({ message }) => message === 'socket-cut')?.fields, {
      reason: 'event-rate',
      address: '127.0.0.1',
      agentContext: undefined,
    });
  });

  it('a message for the legacy that is longer than it takes ends the connection, and it never sees it', async () => {
    const client = await openWireClient(facade.url);
    client.send(`42["shout","${'x'.repeat(1_000_000)}"]`);
    await ended(client, 'legacy-message-size');
  });

  it('the engine takes longer ones', async () => {
    const client = await openWireClient(facade.url);
    client.send(`421["to_engine","${'x'.repeat(2_000_000)}"]`);
    await client.frame((frame) => frame === '431[]');
    await end(client);
  });

  it('a message beyond the bridge’s own limit ends the connection', async () => {
    const client = await openWireClient(facade.url);
    client.send(`42["to_engine","${'x'.repeat(3_000_000)}"]`);
    await ended(client, 'message-size');
  });

  it('attachments that are together too large end it too', async () => {
    const client = await openWireClient(facade.url);
    client.send('452-["to_engine",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    client.socket.send(Buffer.alloc(2_000_000));
    client.socket.send(Buffer.alloc(2_000_000));
    await ended(client, 'message-size');
  });

  for (const framing of ['with its length', 'in chunks'] as const) {
    it(`a polling body beyond it ends the session, sent ${framing}`, async () => {
      const opened = await request(`${facade.url}/socket.io/?EIO=4&transport=polling`);
      const { sid } = JSON.parse((await opened.body.text()).slice(1)) as { sid: string };
      const url = `${facade.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
      const text = `4${'x'.repeat(3_000_000)}`;
      const body = framing === 'in chunks' ? Readable.from([Buffer.from(text)]) : text;
      const told = facade.counted.filter((line) => line === 'closed legacy polling message-size').length;
      await request(url, { method: 'POST', body }).then(
        ({ body: answer }) => answer.dump(),
        () => {},
      );
      await facade.told('closed legacy polling message-size', told + 1);
      assert.equal((await request(url)).statusCode, 400);
    });
  }

  it('a polling body of more packets than any client sends at once ends the session, before they are told apart', async () => {
    const opened = await request(`${facade.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await opened.body.text()).slice(1)) as { sid: string };
    const url = `${facade.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
    const told = facade.counted.filter((line) => line === 'closed legacy polling protocol-error').length;
    await (await request(url, { method: 'POST', body: `6${'\x1e6'.repeat(10_000)}` })).body.dump();
    await facade.told('closed legacy polling protocol-error', told + 1);
  });

  it('half a polling body is let go of with its session', async () => {
    const opened = await request(`${facade.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await opened.body.text()).slice(1)) as { sid: string };
    const socket = connect(facade.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `POST /socket.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n4`,
    );
    // Read, once a poll that was sent after it is answered.
    await (await request(`${facade.url}/socket.io/?EIO=4&transport=polling&sid=${'x'.repeat(20)}`)).body.dump();
    const [id = 0] = facade.sockets.registry.ids('legacy');
    const closed = once(socket, 'close');
    facade.sockets.registry.close(id, 'drained');
    await closed;
  });

  it('a client that does not read is cut off, others are not disturbed', async () => {
    const slow = await openWireClient(facade.url);
    const other = await openWireClient(facade.url);
    slow.socket.pause();
    const text = 'y'.repeat(900_000);
    const cut = facade.told('closed legacy websocket slow-client');
    for (let number = 0; number < 40; number += 1) {
      engine.say({ type: 'emit', to: 'all', event: 'word', packet: `2["word","${text}"]`, attachments: 0 });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await cut;
    other.send('421["echo","still here"]');
    await other.frame((frame) => frame === '431["still here"]');
    slow.socket.terminate();
    await end(other);
  });

  it('of clients that leave messages unfinished those are cut off that sent most, when all together are too much', async () => {
    const small = await startSocketFacade({
      legacy: { url: legacy.url },
      stage: 'split',
      split: { messageBytes: 100_000 },
    });
    const half = (length: number): string => `42["shout","${'x'.repeat(length)}`;
    const clients = await openWireClients(small.url, 10);
    const opened = await request(`${small.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await opened.body.text()).slice(1)) as { sid: string };
    const polling = connect(small.port, '127.0.0.1');
    polling.on('error', () => {});
    polling.write(
      `POST /socket.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n${half(99_900)}`,
    );
    for (const client of clients) client.socket.send(half(95_000), { fin: false });
    await Promise.all([once(polling, 'close'), small.told('closed legacy polling unfinished')]);
    const [largest, ...others] = clients;
    largest?.socket.send('x'.repeat(3_000), { fin: false });
    const late = await openWireClient(small.url);
    late.socket.send(half(60_000), { fin: false });
    await Promise.all([largest?.closed, small.told('closed legacy websocket unfinished')]);
    for (const client of others) client.socket.send('"]', { fin: true });
    late.socket.send('"]', { fin: true });
    await Promise.all([late, ...others].map((client) => client.frame((frame) => frame.startsWith('42["shout"'))));
    assert.equal(small.counted.filter((line) => line.endsWith('unfinished')).length, 2);
    assert.deepEqual([late, ...clients].flatMap(lethalFrames), []);
    for (const { socket } of [late, ...clients]) socket.terminate();
    await small.close();
  });

  it('a legacy that does not read ends the connection of who sends it too much', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => {
      socket.send('0{"sid":"AAAAAAAAAAAAAAAAAAAA","pingInterval":60000,"pingTimeout":60000}');
      socket.once('message', () => {
        socket.send('40{"sid":"a"}');
        socket.pause();
      });
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const stuck = await startSocketFacade({
      legacy: { url: `http://127.0.0.1:${port}` },
      stage: 'split',
      split: { bufferBytes: 1_000_000 },
    });
    const client = await openWireClient(stuck.url);
    for (let number = 0; number < 30; number += 1) client.send(`42["shout","${'x'.repeat(900_000)}"]`);
    await client.closed;
    await stuck.told('closed legacy websocket slow-legacy');
    assert.deepEqual(lethalFrames(client), []);
    await stuck.close();
    for (const socket of server.clients) socket.terminate();
    server.close();
  });

  it('sessions of one address beyond the limit are refused with 429', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => openWireClient(facade.url)));
    await assert.rejects(openWireClient(facade.url), /429/);
    const { statusCode } = await request(`${facade.url}/socket.io/?EIO=4&transport=polling`);
    assert.equal(statusCode, 429);
    await end(...clients);
    await end(await openWireClient(facade.url));
  });

  it('a fault of the facade’s own over one client’s event ends that client’s session alone', async () => {
    const faulty = Object.defineProperty({ ...eventRow('faulty') }, 'stage', {
      get: () => {
        throw new TypeError('planted');
      },
    });
    facade.flipEvents([faulty, eventRow('to_engine')]);
    const [one, other] = [await openWireClient(facade.url), await openWireClient(facade.url)];
    one.send('42["faulty","secret"]');
    await ended(one, 'fault');
    const said = facade.log.entries.findLast(({ message }) => message === 'session-failed');
    assert.match(JSON.stringify(said), /planted/);
    assert.doesNotMatch(JSON.stringify(said), /secret/);
    other.send('421["echo","still here"]');
    await other.frame((frame) => frame === '431["still here"]');
    await end(other);
  });

  it('nonsense ends neither the process nor the clients beside it', async () => {
    const other = await openWireClient(facade.url);
    for (const nonsense of [
      [
        '4',
        '42',
        '42[',
        '42["to_engine"',
        '42{"to_engine":1}',
        '42[["to_engine"]]',
        '42[null]',
        '4299999999999999999999["to_engine",1]',
      ],
      ['451-["to_engine",{"_placeholder":true,"num":7}]', Buffer.alloc(0), '42["to_engine",{"__proto__":{"a":1}}]'],
      ['451-["to_engine",1]', '42["a text in an attachment’s place"]'],
      [Buffer.from([1, 2, 3]), '48', '4x', '40/x,', '41/x,', '44', '43', '431[]', '46', '461-[]', Buffer.alloc(1)],
      ['7', 'x'],
      ['', '0', '5', '2', '2probe', '6'],
      ['41', '42["to_engine",1]', '40', '40', '41', '41'],
      ['450-["to_engine",1]', '459999999-["to_engine",1]'],
    ]) {
      const client = await openWireClient(facade.url);
      for (const message of nonsense) client.socket.send(message);
      client.socket.send('2["bye"]');
      client.socket.close();
      await client.closed;
      assert.deepEqual(
        lethalFrames(client).filter((frame) => frame.startsWith('1')),
        [],
      );
    }
    other.send('421["echo",[1.0,12345678901234567890]]');
    assert.equal(await other.frame((frame) => frame.startsWith('431')), '431[[1.0,12345678901234567890]]');
    await end(other);
  });

  it('a client that resets while its session is being opened leaves nothing behind', async () => {
    for (let number = 0; number < 10; number += 1) {
      const socket = connect(facade.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      );
      await new Promise((resolve) => setTimeout(resolve, number));
      socket.resetAndDestroy();
    }
    const client: Socket = io(facade.url, { transports: ['polling'], forceNew: true, reconnection: false });
    await new Promise((resolve) => client.once('connect', () => resolve(undefined)));
    client.disconnect();
    while (Object.values(facade.sockets.registry.counts().legacy).some((count) => count > 0))
      await new Promise((resolve) => setTimeout(resolve, 5));
  });
});
