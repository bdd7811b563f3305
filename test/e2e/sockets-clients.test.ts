/** Real clients, in front of a plain Flask-SocketIO server that keeps every event: by tunnel, and through the packet bridge. */
import assert from 'node:assert/strict';
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

/** What the facade counts when a client upgrades: one socket all the time, in the order in which its halves come and go. */
const UPGRADES = {
  legacy: ['opened legacy polling', 'opened legacy websocket', 'closed legacy polling upgraded'],
  split: ['opened legacy polling', 'closed legacy polling upgraded', 'opened legacy websocket'],
} as const;

for (const stage of ['legacy', 'split'] as const)
  describe(`Socket.IO clients through the facade at ${stage}, everything at the legacy`, () => {
    let legacy: FlaskSocketio;
    let facade: SocketFacade;
    before(async () => {
      legacy = await startFlaskSocketio();
      facade = await startSocketFacade({ legacy: { url: legacy.url }, stage });
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

    it('a client that upgrades is one socket', async () => {
      const client = io(facade.url, { forceNew: true, reconnection: false });
      const before = facade.counted.length;
      await heard(client, 'connect');
      await upgraded(client);
      const counted = facade.counted.slice(before).filter((line) => /^(?:opened|closed)/.test(line));
      assert.deepEqual(counted, UPGRADES[stage]);
      assert.equal(facade.sockets.registry.list().at(-1)?.bridged ?? false, stage === 'split');
      client.disconnect();
    });
  });
