import assert from 'node:assert/strict';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { startSocketFacade } from '../kit/flask-socketio-facade.js';
import { lethalFrames, openWireClients } from '../kit/ws-client.js';

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

  it('ends long polls too', async () => {
    const facade = await startSocketFacade({ legacy: { url: legacy.url } });
    const base = `${facade.url}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1)) as { sid: string };
    await fetch(`${base}&sid=${sid}`, { method: 'POST', body: '40' });
    await (await fetch(`${base}&sid=${sid}`)).text();
    const poll = fetch(`${base}&sid=${sid}`).then((answer) => answer.text());
    // The welcome and then silence: this poll, or the one behind it, is the one that hangs.
    const hanging = poll.then(() => fetch(`${base}&sid=${sid}`)).then((answer) => answer.text());
    const ended = assert.rejects(
      Promise.race([hanging, new Promise((_, reject) => setTimeout(reject, 10_000, 'late'))]),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    await facade.close();
    await ended;
    assert.deepEqual(facade.sockets.registry.counts().legacy, { websocket: 0, polling: 0 });
  });

  it('is done at once when there is nothing to close', async () => {
    const facade = await startSocketFacade({ legacy: { url: legacy.url } });
    await facade.sockets.close(60_000);
    await facade.close();
  });
});
