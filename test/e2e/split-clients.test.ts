/** Real clients through the packet bridge, in front of a plain Flask-SocketIO server that keeps every event. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { io, type Socket } from 'socket.io-client';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';

const WAYS = [
  { name: 'polling only', transports: ['polling'] },
  { name: 'polling, then upgraded', transports: ['polling', 'websocket'] },
  { name: 'websocket only', transports: ['websocket'] },
];

function heard(client: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => client.once(event, resolve));
}

/** Resolves once the client's session is on a websocket. */
function upgraded(client: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (client.io.engine.transport.name === 'websocket') resolve();
    else client.io.engine.once('upgrade', () => resolve());
  });
}

describe('Socket.IO clients at stage split, everything at the legacy', () => {
  let legacy: FlaskSocketio;
  let facade: SocketFacade;
  before(async () => {
    legacy = await startFlaskSocketio();
    facade = await startSocketFacade({ legacy: { url: legacy.url }, stage: 'split' });
  });
  after(async () => {
    await facade.close();
    await legacy.kill();
  });

  for (const { name, transports } of WAYS) {
    describe(name, () => {
      let client: Socket;
      before(async () => {
        client = io(facade.url, { transports, forceNew: true, reconnection: false });
        await Promise.all([heard(client, 'welcome'), heard(client, 'connect')]);
        if (transports.length > 1) await upgraded(client);
      });
      after(() => client.disconnect());

      it('an acknowledgement comes back', async () => {
        assert.deepEqual(await client.emitWithAck('echo', { text: 'grüße', n: 1.5 }), { text: 'grüße', n: 1.5 });
      });

      it('binary attachments arrive unchanged', async () => {
        const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
        const answer = (await client.emitWithAck('echo', { image: bytes, second: bytes.subarray(0, 3) })) as {
          image: Buffer;
          second: Buffer;
        };
        assert.equal(Buffer.compare(Buffer.from(answer.image), bytes), 0);
        assert.deepEqual([...answer.second], [0, 1, 2]);
      });

      it('a message of 900 KB arrives unchanged', async () => {
        const text = 'x'.repeat(900_000);
        assert.equal(await client.emitWithAck('echo', text), text);
      });

      it('events sent to all arrive', async () => {
        const shout = heard(client, 'shout');
        client.emit('shout', { from: name });
        assert.deepEqual(await shout, { from: name });
      });
    });
  }

  it('the open packet does not come in one read with the 101', async () => {
    const socket = connectTcp(facade.port, '127.0.0.1');
    socket.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    const [packet] = (await once(socket, 'data')) as [Buffer];
    assert.match(head.toString('latin1'), /^HTTP\/1\.1 101 .*\r\n\r\n$/s);
    assert.match(packet.toString('latin1'), /0\{"sid":"/);
    socket.destroy();
  });

  it('a client that upgrades is one socket, bridged all the time', async () => {
    const client = io(facade.url, { forceNew: true, reconnection: false });
    const before = facade.counted.length;
    await heard(client, 'connect');
    await upgraded(client);
    assert.deepEqual(
      facade.counted.slice(before).filter((line) => /^(?:opened|closed)/.test(line)),
      ['opened legacy polling', 'closed legacy polling upgraded', 'opened legacy websocket'],
    );
    assert.deepEqual(facade.sockets.registry.list().at(-1)?.bridged, true);
    client.disconnect();
  });
});
