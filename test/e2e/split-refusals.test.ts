/** When a bridged session can't be opened, or must end: what clients see, and what they never see. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { WebSocketServer } from 'ws';
import { type FlaskSocketio, startFlaskSocketio } from '../kit/flask-socketio.js';
import { makeCertificates } from '../kit/flask-socketio-certificates.js';
import { type SocketFacade, startSocketFacade } from '../kit/flask-socketio-facade.js';
import { lethalFrames, openWireClient, openWireClients } from '../kit/ws-client.js';
import { startTcpSide } from '../kit/ws-client-upstream.js';

const POLL = '/socket.io/?EIO=4&transport=polling';
const ELSEWHERE = { headers: { origin: 'https://elsewhere.example' } };

async function openByPoll(facade: SocketFacade): Promise<string> {
  const { body } = await request(`${facade.url}${POLL}`);
  return `${facade.url}${POLL}&sid=${(JSON.parse((await body.text()).slice(1)) as { sid: string }).sid}`;
}

describe('sessions that are not opened at stage split', () => {
  let facade: SocketFacade | undefined;
  afterEach(() => facade?.close());

  it('a legacy that does not listen: 503 with a pause to keep, by either transport', async () => {
    facade = await startSocketFacade({ legacy: { url: 'http://127.0.0.1:9' }, stage: 'split' });
    await assert.rejects(openWireClient(facade.url), /503/);
    const { statusCode, headers, body } = await request(`${facade.url}${POLL}`);
    assert.deepEqual([statusCode, headers['retry-after']], [503, '5']);
    assert.match(await body.text(), /legacy_connect_failed/);
    assert.equal(facade.counted.filter((line) => line === 'failed sockets legacy legacy_connect_failed').length, 2);
  });

  it('a legacy that says nothing: 504 after the time that tunnels have too', async () => {
    const silent = await startTcpSide(() => {});
    facade = await startSocketFacade({
      legacy: { url: silent.url },
      stage: 'split',
      sockets: { limits: { handshakeMs: 100 } },
    });
    await assert.rejects(openWireClient(facade.url), /504/);
    await silent.close();
  });

  it('a facade that stops meanwhile: 503 at once, by either transport', async () => {
    let asked = 0;
    let bothAsked: () => void = () => {};
    const underWay = new Promise<void>((resolve) => {
      bothAsked = resolve;
    });
    const silent = await startTcpSide(() => {
      asked += 1;
      if (asked === 2) bothAsked();
    });
    facade = await startSocketFacade({ legacy: { url: silent.url }, stage: 'split' });
    const refused = assert.rejects(openWireClient(facade.url), /503/);
    const polled = request(`${facade.url}${POLL}`).then(({ statusCode }) => statusCode);
    await underWay;
    await facade.sockets.close();
    await refused;
    assert.equal(await polled, 503);
    await silent.close();
  });

  it('what the legacy refuses, it refuses in its own words', async () => {
    const legacy = await startFlaskSocketio({ cors: null });
    facade = await startSocketFacade({ legacy: { url: legacy.url }, stage: 'split' });
    const direct = await request(`${legacy.url}${POLL}`, ELSEWHERE);
    const bridged = await request(`${facade.url}${POLL}`, ELSEWHERE);
    assert.equal(bridged.statusCode, 400);
    assert.equal(direct.statusCode, 400);
    assert.equal(await bridged.body.text(), await direct.body.text());
    await assert.rejects(openWireClient(facade.url, ELSEWHERE), /400/);
    for (const path of ['?EIO=3&transport=polling', '?EIO=4&transport=pigeon', '?EIO=4&transport=polling&sid=unknown'])
      assert.equal(
        await (await request(`${facade.url}/socket.io/${path}`)).body.text(),
        await (await request(`${legacy.url}/socket.io/${path}`)).body.text(),
        path,
      );
    await legacy.kill();
  });

  it('a legacy with its own certificate is dialled by its pin, and no other is', async () => {
    const certificates = await makeCertificates();
    const leaf = await certificates.leaf('legacy', 'DNS:localhost,IP:127.0.0.1');
    const legacy = await startFlaskSocketio({ tls: leaf, cors: null });
    facade = await startSocketFacade({ legacy: { url: legacy.url, pin: leaf.sha256 }, tls: leaf, stage: 'split' });
    const ca = await readFile(certificates.root);
    // The library compares the origin with the scheme and host that it is told.
    const client = await openWireClient(facade.url, { ca, headers: { Origin: facade.url } });
    client.socket.terminate();
    await facade.close();
    facade = await startSocketFacade({ legacy: { url: legacy.url, pin: '00'.repeat(32) }, tls: leaf, stage: 'split' });
    await assert.rejects(openWireClient(facade.url, { ca }), /502/);
    await legacy.kill();
    await certificates.remove();
  });
});

/** Nothing tells that a poll has arrived. */
async function waitingPoll(url: string): Promise<{ readonly answer: Promise<string> }> {
  const answer = request(url).then(({ body }) => body.text());
  await new Promise((resolve) => setTimeout(resolve, 150));
  return { answer };
}

describe('bridged sessions that end', () => {
  let legacy: FlaskSocketio;
  let facade: SocketFacade;
  beforeEach(async () => {
    legacy = await startFlaskSocketio();
    facade = await startSocketFacade({ legacy: { url: legacy.url }, stage: 'split' });
  });
  afterEach(async () => {
    await facade.close();
    await legacy.kill();
  });

  it('a facade that stops closes them evenly, at the transport, and a poll without an Engine.IO close', async () => {
    const clients = await openWireClients(facade.url, 20);
    const url = await openByPoll(facade);
    const { answer } = await waitingPoll(url);
    const startedAt = performance.now();
    await facade.sockets.close(400);
    const times = (await Promise.all(clients.map(({ closed }) => closed))).map(({ atMs }) => atMs - startedAt);
    assert.ok(Math.max(...times) > 300, `last after ${Math.max(...times)} ms`);
    for (const client of clients) assert.deepEqual(lethalFrames(client), []);
    assert.equal(await answer, '6');
    assert.equal((await request(`${facade.url}${POLL}`)).statusCode, 503);
  });

  it('after a drain a polling client is refused, though the legacy’s session may still be ending', async () => {
    const url = await openByPoll(facade);
    const { answer } = await waitingPoll(url);
    await facade.sockets.drain.drain({ side: 'legacy', ratePerSecond: 100, why: 'a test', who: 'tester' }).ended;
    assert.equal(await answer, '6');
    const refused = await request(url);
    assert.equal(refused.statusCode, 400);
    assert.match(await refused.body.text(), /session_drained/);
  });

  it('a legacy that falls silent is given up after the time that it named', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    server.on('connection', (socket) => {
      socket.send('0{"sid":"AAAAAAAAAAAAAAAAAAAA","pingInterval":100,"pingTimeout":100}');
      socket.send('2');
      socket.once('message', () => socket.send('40{"sid":"a"}'));
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const silent = await startSocketFacade({ legacy: { url: `http://127.0.0.1:${port}` }, stage: 'split' });
    const client = await openWireClient(silent.url);
    assert.equal((await client.closed).code, 1001);
    assert.ok(silent.counted.includes('closed legacy websocket side-closed'));
    await silent.close();
    server.close();
  });

  it('a legacy that is killed ends them by close frame', async () => {
    const [client] = await openWireClients(facade.url, 1);
    await legacy.kill();
    assert.ok(client);
    assert.equal((await client.closed).code, 1001);
    assert.deepEqual(lethalFrames(client), []);
    assert.ok(facade.counted.includes('closed legacy websocket side-closed'));
  });
});
