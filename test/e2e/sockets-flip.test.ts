import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';

/** Connects and tells which side welcomed the client. */
async function connected(url: string, transports: string[]): Promise<{ client: Socket; server: string }> {
  const client = io(url, { transports, forceNew: true, reconnection: false });
  const { server } = await new Promise<{ server: string }>((resolve, reject) => {
    client.once('welcome', resolve);
    client.once('connect_error', reject);
  });
  return { client, server };
}

describe('flipping the sockets stage', () => {
  let legacy: FlaskSocketio;
  let engine: FlaskSocketio;
  let facade: SocketFacade;
  before(async () => {
    [legacy, engine] = await Promise.all([startFlaskSocketio(), startFlaskSocketio({ name: 'engine' })]);
    facade = await startSocketFacade({ legacy: { url: legacy.url }, engine: { url: engine.url } });
  });
  after(async () => {
    await facade.close();
    await Promise.all([legacy.kill(), engine.kill()]);
  });
  beforeEach(() => facade.flip('legacy'));

  it('a tunnel stays where it is, a new one goes to the new side', async () => {
    const old = await connected(facade.url, ['websocket']);
    facade.flip('engine');
    const fresh = await connected(facade.url, ['websocket']);
    assert.deepEqual([old.server, fresh.server], ['legacy', 'engine']);
    assert.equal(await old.client.emitWithAck('echo', 'still here'), 'still here');
    const { counts } = { counts: facade.sockets.registry.counts() };
    assert.deepEqual([counts.legacy.websocket, counts.engine.websocket], [1, 1]);
    old.client.disconnect();
    fresh.client.disconnect();
  });

  it('a polling session stays with the side that opened it, to and fro', async () => {
    const old = await connected(facade.url, ['polling']);
    facade.flip('engine');
    const fresh = await connected(facade.url, ['polling']);
    assert.deepEqual([old.server, fresh.server], ['legacy', 'engine']);
    for (const stage of ['legacy', 'engine', 'legacy'] as const) {
      facade.flip(stage);
      assert.equal(await old.client.emitWithAck('echo', stage), stage);
      assert.equal(await fresh.client.emitWithAck('echo', stage), stage);
    }
    old.client.disconnect();
    fresh.client.disconnect();
  });

  it('a session that was opened by polling before the flip opens its tunnel to the same side after it', async () => {
    const answer = await fetch(`${facade.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await answer.text()).slice(1)) as { sid: string };
    facade.flip('engine');
    const probe = new (await import('ws')).default(
      `${facade.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=${sid}`,
    );
    const echoed = await new Promise<string>((resolve, reject) => {
      probe.once('error', reject);
      probe.once('open', () => probe.send('2probe'));
      probe.once('message', (data) => resolve(String(data)));
    });
    assert.equal(echoed, '3probe');
    probe.terminate();
  });

  it('a session that the facade does not know goes where new ones go, and stays there once known', async () => {
    const answer = await fetch(`${legacy.url}/socket.io/?EIO=4&transport=polling`);
    const { sid } = JSON.parse((await answer.text()).slice(1)) as { sid: string };
    const post = async (): Promise<number> => {
      const url = `${facade.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
      return (await fetch(url, { method: 'POST', body: '40', headers: { 'Content-Type': 'text/plain' } })).status;
    };
    assert.equal(await post(), 200);
    facade.flip('engine');
    assert.equal(await post(), 200);
  });

  it('a session that no side knows is refused by the side, with 400', async () => {
    const answer = await fetch(`${facade.url}/socket.io/?EIO=4&transport=polling&sid=nobody`);
    assert.equal(answer.status, 400);
  });
});
