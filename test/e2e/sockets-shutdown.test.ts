import assert from 'node:assert/strict';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { startSocketFacade } from '../kit/flask-socketio-facade.js';
import { lethalFrames, openWireClient, openWireClients } from '../kit/ws-client.js';
import { startTcpSide } from '../kit/ws-client-upstream.js';

describe('closing the sockets of a facade', () => {
  let legacy: FlaskSocketio;
  before(async () => {
    legacy = await startFlaskSocketio();
  });
  after(() => legacy.kill());

  it('closes all at the transport, spread over the asked time, without a lethal packet', async () => {
    const facade = await startSocketFacade({ legacy: { url: legacy.url } });
    const clients = await openWireClients(facade.url, 40);
    const startedAt = performance.now();
    await facade.sockets.close(800);
    const closed = await Promise.all(clients.map((client) => client.closed));
    const times = closed.map(({ atMs }) => atMs - startedAt).sort((a, b) => a - b);
    assert.ok((times[0] ?? 0) < 200, `first after ${times[0]} ms`);
    assert.ok((times.at(-1) ?? 0) > 700 && (times.at(-1) ?? 0) < 2_000, `last after ${times.at(-1)} ms`);
    for (const client of clients) assert.deepEqual(lethalFrames(client), []);
    await facade.close();
  });

  for (const stage of ['legacy', 'split'] as const) {
    it(`spares agents for a while that may still greet the server, at stage ${stage}: cut off in that, they never come back`, async () => {
      const facade = await startSocketFacade({ legacy: { url: legacy.url }, stage, sockets: { settleMs: 1_000 } });
      const browser = await openWireClient(facade.url);
      const agent = await openWireClient(facade.url, { headers: { 'X-Borealis-Agent-Context': 'SYSTEM' } });
      const closed = facade.close();
      await browser.closed;
      agent.send('421["echo","still here"]');
      await agent.frame((frame) => frame === '431["still here"]');
      await agent.closed;
      assert.deepEqual([browser, agent].flatMap(lethalFrames), []);
      await closed;
    });
  }

  it('ends long polls too', async () => {
    let asked: () => void = () => {};
    const underWay = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const silent = await startTcpSide(() => asked());
    const facade = await startSocketFacade({ legacy: { url: silent.url } });
    const ended = assert.rejects(fetch(`${facade.url}/socket.io/?EIO=4&transport=polling&sid=x`), TypeError);
    await underWay;
    await facade.close();
    await ended;
    await silent.close();
  });

  it('is done at once when there is nothing to close', async () => {
    const facade = await startSocketFacade({ legacy: { url: legacy.url } });
    await facade.sockets.close(60_000);
    await facade.close();
  });
});
