/** Bridged sessions are drained as tunnels are: at a rate, at the transport, both ends of them. */
import assert from 'node:assert/strict';
import { io } from 'socket.io-client';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { lethalFrames, openWireClients } from '../kit/ws-client.js';

const DRAIN = { side: 'legacy', ratePerSecond: 200, why: 'a test', who: 'tester' } as const;

describe('draining bridged sessions', () => {
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

  it('closes each, and never sends what would lose an agent', async () => {
    const clients = await openWireClients(facade.url, 20);
    assert.equal(facade.sockets.registry.bridgedCounts().websocket, 20);
    const { ended } = facade.sockets.drain.drain(DRAIN);
    await Promise.all(clients.map((client) => client.closed));
    const { state, total, closed } = await ended;
    assert.deepEqual([state, total, closed], ['done', 20, 20]);
    for (const client of clients) assert.deepEqual(lethalFrames(client), []);
    assert.deepEqual(facade.sockets.registry.counts().legacy, { websocket: 0, polling: 0 });
    assert.deepEqual(facade.sockets.registry.bridgedCounts(), { websocket: 0, polling: 0 });
  });

  it('moves clients to where the sockets are now, by polling too', async () => {
    const polling = io(facade.url, { transports: ['polling'], forceNew: true, reconnectionDelay: 10 });
    const joined = (): Promise<void> => new Promise((resolve) => void polling.once('connect', resolve));
    await joined();
    assert.equal(facade.sockets.registry.bridgedCounts().polling, 1);
    facade.flip('legacy');
    const again = joined();
    facade.sockets.drain.drain(DRAIN);
    await again;
    assert.deepEqual(facade.sockets.registry.bridgedCounts(), { websocket: 0, polling: 0 });
    assert.equal(facade.sockets.registry.counts().legacy.polling, 1);
    polling.close();
  });
});
