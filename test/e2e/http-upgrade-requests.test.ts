import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient, rawRequest, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

describe('a request that asks for an upgrade', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;
  const handedOver: string[] = [];

  before(async () => {
    legacy = await startUpstream(json({ ok: true }));
    facade = await startFacadeUnderTest({
      legacy: legacy.origin,
      serveUpgrade: (req, socket, _first, head) => {
        handedOver.push(`${req.url} ${head.headers.includes('X-Request-Id')}`);
        socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      },
    });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('to h2c, as Java and curl send it, is served without one', async () => {
    const client = await RawClient.connect(facade.port);
    const answer = await client
      .send(
        'GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
      )
      .answer();
    assert.equal(answer.status, 200);
    assert.equal(answer.body.toString(), '{"ok":true}');
    assert.deepEqual(valuesOf(answer.headers, 'connection'), ['close']);
    const { headers = [] } = legacy.seen.at(-1) ?? {};
    for (const name of ['upgrade', 'http2-settings']) assert.deepEqual(valuesOf(headers, name), []);
    await client.ended();
  });

  it('to a WebSocket elsewhere than under /socket.io/ is served without one, as the legacy does', async () => {
    const request =
      'GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n';
    assert.equal((await rawRequest(facade.port, request)).status, 200);
    assert.equal(legacy.seen.at(-1)?.line, 'GET /ws HTTP/1.1');
  });

  it('and has a body is refused with 426', async () => {
    const answer = await rawRequest(
      facade.port,
      'POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}',
    );
    assert.equal(answer.status, 426);
    assert.deepEqual(valuesOf(answer.headers, 'upgrade'), ['websocket']);
    assert.equal(JSON.parse(answer.body.toString()).error, 'upgrade_with_body');
  });

  it('to a WebSocket under /socket.io/ is handed to the tunnels', async () => {
    const client = await RawClient.connect(facade.port);
    client.send(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    assert.equal((await client.answer()).status, 101);
    assert.deepEqual(handedOver, ['/socket.io/?EIO=4&transport=websocket true']);
    client.close();
  });

  it('and is reset at once harms nobody', async () => {
    for (let at = 0; at < 20; at += 1) {
      const client = await RawClient.connect(facade.port);
      client.send('GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      client.socket.resetAndDestroy();
    }
    assert.equal((await rawRequest(facade.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')).status, 200);
  });
});
