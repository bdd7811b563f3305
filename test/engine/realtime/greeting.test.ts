/** How the engine's own server lets clients in who come at once: in this process, with a gate that waits for nobody's time-out. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { SocketServer } from '../../../src/engine/interfaces/ws/socket-server.js';
import { EventHub } from '../../../src/engine/services/event-hub.js';
import { silentLog } from '../../kit/silent-engine-log.js';
import { openWireClient } from '../../kit/ws-client.js';

/** Nothing in these tests ends by itself. */
const FOR_EVER_MS = 600_000;
const handshake = (query = ''): string =>
  `GET /socket.io/?EIO=4&transport=websocket${query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

describe('engine: clients that come at once', () => {
  let http: Server;
  let server: SocketServer;
  let port = 0;
  const raw: Socket[] = [];

  const start = async (mostPerAddress: number, most: number): Promise<void> => {
    http = createServer();
    server = new SocketServer({
      settings: {
        ...{ pingIntervalMs: FOR_EVER_MS, pingTimeoutMs: FOR_EVER_MS, maxMessageBytes: 1e6 },
        ...{ maxUnsentBytes: 1e6, mostEventsPerSecond: 1, mostPerAddress },
      },
      corsOrigins: ['*'],
      overSocket: false,
      hub: new EventHub(),
      dispatcher: { dispatch: async () => ({ outcome: 'handled' }) },
      watcher: { joined: () => undefined, left: () => undefined },
      random: { bytes: (length) => Buffer.from(String(Math.random()).padEnd(length)), uuid: () => '' },
      monotonic: () => performance.now(),
      log: silentLog,
      greeting: { most, patienceMs: FOR_EVER_MS },
    });
    http.on('upgrade', (message, socket, head) => server.upgrade(message, socket, head));
    http.on('request', (message, response) => server.request(message, response));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    ({ port } = http.address() as AddressInfo);
  };
  afterEach(async () => {
    for (const socket of raw.splice(0)) socket.destroy();
    await server.close();
    http.closeAllConnections();
    http.close();
  });

  /** Dials, and says no more. @returns the first line that it is answered */
  const silent = async (query = ''): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    raw.push(socket);
    socket.on('error', () => undefined);
    socket.write(handshake(query));
    const [data] = (await once(socket, 'data')) as [Buffer];
    return String(data).split('\r\n', 1)[0] ?? '';
  };

  it('those who never join keep nobody out', async () => {
    await start(0, 2);
    const answers = await Promise.all(Array.from({ length: 20 }, () => silent()));
    assert.ok(answers.every((answer) => answer.includes(' 101 ')));
    const client = await openWireClient(`http://127.0.0.1:${port}`);
    client.socket.terminate();
  });

  it('as many of one address as it may have are let in, and again when they have gone', async () => {
    await start(3, 2);
    // An empty session id is none, and the first of several counts.
    const queries = ['', '&sid=', '&sid=&sid=x', '', '', '&sid=', '', ''];
    const answers = await Promise.all(queries.map((query) => silent(query)));
    assert.equal(answers.filter((answer) => answer.includes(' 101 ')).length, 3);
    assert.equal(answers.filter((answer) => answer.includes(' 429 ')).length, 5);
    while (server.size < 3) await turn();
    for (const socket of raw.splice(0)) socket.destroy();
    while (server.size > 0) await turn();
    assert.match(await silent(), / 101 /);
  });

  it('who has gone while waiting is forgotten, and who waits when it ends is told', async () => {
    await start(2, 0);
    const upgraded = once(http, 'upgrade');
    const waiting = silent();
    await upgraded;
    for (let at = 0; at < 3; at += 1) {
      const taken = once(http, 'upgrade') as Promise<[IncomingMessage, Socket]>;
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      raw.push(socket);
      socket.on('data', (data) => assert.fail(`answered with ${data}`));
      socket.end(handshake());
      const [, accepted] = await taken;
      if (!accepted.destroyed) await once(accepted, 'close');
    }
    await server.close();
    assert.match(await waiting, / 503 /);
  });

  it('who joins and leaves over and over is cut off as one who sends too many events', async () => {
    await start(0, 2);
    const client = await openWireClient(`http://127.0.0.1:${port}`);
    for (let at = 0; at < 20; at += 1) client.send(at % 2 === 0 ? '41' : '40');
    await client.closed;
  });
});
