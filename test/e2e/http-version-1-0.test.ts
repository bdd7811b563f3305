import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient, rawRequest, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

describe('HTTP/1.0', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(({ line }, socket) => {
      if (line.includes('/chunked'))
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n');
      else if (line.includes('/old')) socket.end('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello');
      else socket.write(json({ ok: true }));
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('clients get chunked answers unchunked, ended by the connection', async () => {
    const answer = await rawRequest(facade.port, 'GET /chunked HTTP/1.0\r\n\r\n');
    assert.deepEqual(valuesOf(answer.headers, 'transfer-encoding'), []);
    assert.equal(answer.body.toString(), 'hello');
  });

  it('clients may keep their connection', async () => {
    const client = await RawClient.connect(facade.port);
    const request = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
    for (let at = 0; at < 2; at += 1) {
      const answer = await client.send(request).answer();
      assert.deepEqual(valuesOf(answer.headers, 'connection'), ['keep-alive']);
    }
    client.close();
  });

  it('sides that end their answer by the connection reach HTTP/1.1 clients on one that stays', async () => {
    const client = await RawClient.connect(facade.port);
    for (let at = 0; at < 2; at += 1) {
      const answer = await client.send('GET /old HTTP/1.1\r\nHost: h\r\n\r\n').answer();
      assert.equal(answer.body.toString(), 'hello');
    }
    client.close();
  });
});
