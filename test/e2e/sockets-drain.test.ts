import assert from 'node:assert/strict';
import { io } from 'socket.io-client';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { lethalFrames, openWireClient, openWireClients } from '../kit/ws-client.js';

const DRAIN = { side: 'legacy', why: 'a test', who: 'tester' } as const;

describe('draining sockets', () => {
  let legacy: FlaskSocketio;
  let engine: FlaskSocketio;
  let facade: SocketFacade;
  before(async () => {
    [legacy, engine] = await Promise.all([startFlaskSocketio(), startFlaskSocketio({ name: 'engine' })]);
  });
  after(() => Promise.all([legacy.kill(), engine.kill()]));
  beforeEach(async () => {
    facade = await startSocketFacade({ legacy: { url: legacy.url }, engine: { url: engine.url } });
  });
  afterEach(() => facade.close());

  it('closes at the asked rate, oldest first, and never sends what would lose an agent', async () => {
    const clients = await openWireClients(facade.url, 60);
    facade.flip('engine');
    const startedAt = performance.now();
    const { ended } = facade.sockets.drain.drain({ ...DRAIN, ratePerSecond: 50 });
    const closed = await Promise.all(clients.map((client) => client.closed));
    const result = await ended;
    assert.deepEqual([result.state, result.total, result.closed, result.gone], ['done', 60, 60, 0]);
    const times = closed.map(({ atMs }) => atMs - startedAt).sort((a, b) => a - b);
    // 60 at 50 a second: the last one 1.18 s after the first, and half of them by the half of it.
    assert.ok((times.at(-1) ?? 0) > 1_100 && (times.at(-1) ?? 0) < 2_500, `last after ${times.at(-1)} ms`);
    assert.ok((times[30] ?? 0) > 500 && (times[30] ?? 0) < 1_500, `31st after ${times[30]} ms`);
    for (const client of clients) assert.deepEqual(lethalFrames(client), []);
    assert.ok(closed.every(({ code }) => code === 1006));
  });

  it('the side learns of each end', async () => {
    const clients = await openWireClients(facade.url, 5);
    const observer = await openWireClient(legacy.url);
    observer.send('421["dropped",null]');
    const before = Number(/\[(\d+)\]/.exec(await observer.frame((text) => text.startsWith('431')))?.[1]);
    facade.sockets.drain.drain({ ...DRAIN, ratePerSecond: 1000 });
    await Promise.all(clients.map((client) => client.closed));
    let dropped = 0;
    for (let id = 2; dropped < 5; id += 1) {
      observer.send(`42${id}["dropped",null]`);
      dropped = Number(/\[(\d+)\]/.exec(await observer.frame((text) => text.startsWith(`43${id}`)))?.[1]) - before;
    }
    observer.socket.terminate();
  });

  it('can be cancelled; what is not closed stays and works', async () => {
    const clients = await openWireClients(facade.url, 10);
    const { ended } = facade.sockets.drain.drain({ ...DRAIN, ratePerSecond: 5 });
    await clients[0]?.closed;
    const cancelled = facade.sockets.drain.cancel();
    assert.equal(cancelled?.state, 'cancelled');
    assert.equal((await ended).state, 'cancelled');
    const last = clients.at(-1);
    last?.send('421["echo","alive"]');
    assert.equal(await last?.frame((text) => text.startsWith('431')), '431["alive"]');
    for (const client of clients) client.socket.terminate();
  });

  it('a polling client moves to the new side by itself', async () => {
    const client = io(facade.url, { transports: ['polling'], forceNew: true, reconnectionDelay: 50 });
    const welcome = (): Promise<{ server: string }> => new Promise((resolve) => client.once('welcome', resolve));
    assert.equal((await welcome()).server, 'legacy');
    facade.flip('engine');
    const moved = welcome();
    facade.sockets.drain.drain({ ...DRAIN, ratePerSecond: 100 });
    assert.deepEqual(facade.sockets.registry.counts().legacy, { websocket: 0, polling: 0 });
    client.emit('echo', 'anything', () => {});
    assert.equal((await moved).server, 'engine');
    assert.ok(facade.counted.includes('closed legacy polling drained'));
    client.disconnect();
  });
});
