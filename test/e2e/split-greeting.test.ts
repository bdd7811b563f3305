/** Clients that come to the packet bridge at once: what one does, or no longer does, is no other's loss. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { StubLegacySockets } from '../kit/stub-legacy-sockets.js';
import { openWireClient } from '../kit/ws-client.js';
import { startTcpSide, type TcpSide } from '../kit/ws-client-upstream.js';

/** Sessions that the legacy is asked for at once. */
const AT_ONCE = 32;
const HANDSHAKE =
  'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
/** None of them comes to bear. */
const LIMITS = { connectMs: 60_000, handshakeMs: 60_000, lingerMs: 60_000 };

describe('clients of a legacy that answers nothing', () => {
  let legacy: TcpSide;
  let facade: SocketFacade;
  const clients: Socket[] = [];
  beforeEach(async () => {
    let asked = (): void => undefined;
    const busy = new Promise<void>((resolve) => {
      asked = resolve;
    });
    legacy = await startTcpSide(() => {
      if (legacy.heads.length % AT_ONCE === 0) asked();
    });
    facade = await startSocketFacade({
      legacy: { url: legacy.url },
      stage: 'split',
      sockets: { limits: LIMITS },
      split: { connectionsPerAddress: 2 * AT_ONCE },
    });
    for (let at = 0; at < AT_ONCE; at += 1) dial();
    await busy;
  });
  const dial = (): Socket => {
    const client = connect(facade.port, '127.0.0.1');
    clients.push(client);
    client.on('error', () => undefined);
    client.write(HANDSHAKE);
    return client;
  };
  const firstLine = async (client: Socket): Promise<string> => {
    const [data] = (await once(client, 'data')) as [Buffer];
    return String(data).split('\r\n', 1)[0] ?? '';
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await facade.close();
    await legacy.close();
  });

  /** As many as may, and one more: when that is refused, all others wait. @returns what they are told */
  const fill = async (): Promise<readonly Promise<string>[]> => {
    const answers = Array.from({ length: AT_ONCE + 1 }, () => firstLine(dial()));
    assert.match(await Promise.race(answers), / 429 /);
    return answers;
  };

  it('are forgotten when they go, and the legacy is not asked for those who had waited', async () => {
    void (await fill()).map((answer) => answer.catch(() => undefined));
    for (const client of clients.splice(0)) client.end();
    await legacy.idle();
    assert.equal(legacy.heads.length, AT_ONCE);
    // None of them counts any more.
    for (let at = 0; at < AT_ONCE; at += 1) dial();
    await fill();
    assert.deepEqual(
      facade.counted.filter((line) => line.startsWith('refused')),
      ['refused too_many_sockets', 'refused too_many_sockets'],
    );
  });

  it('are refused at once when the facade closes, those who wait for room', async () => {
    const waiting = await fill();
    const closed = facade.sockets.close(600_000);
    const answers = await Promise.all(waiting);
    assert.equal(answers.filter((answer) => answer.includes(' 503 ')).length, AT_ONCE);
    assert.equal(legacy.heads.length, AT_ONCE);
    for (const client of clients.splice(0)) client.destroy();
    await closed;
  });
});

describe('clients of the bridge that join over and over', () => {
  it('are cut off as those who send too many events', async () => {
    const legacy = await StubLegacySockets.start();
    const facade = await startSocketFacade({
      legacy: { url: legacy.url },
      stage: 'split',
      split: { eventsPerSecond: 2 },
    });
    try {
      const [client, namespaces, calm] = await Promise.all([1, 2, 3].map(() => openWireClient(facade.url)));
      assert.ok(client && namespaces && calm);
      for (let at = 0; at < 21; at += 1) client.send(at % 2 === 0 ? '41' : '40');
      await client.closed;
      for (let at = 0; at < 21; at += 1) namespaces.send('40/other,');
      await namespaces.closed;
      assert.equal(facade.counted.filter((line) => line === 'closed legacy websocket event-rate').length, 2);
      const next = await openWireClient(facade.url);
      for (const { socket } of [calm, next]) socket.terminate();
    } finally {
      await facade.close();
      await legacy.stop();
    }
  });
});
