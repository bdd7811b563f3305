import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

describe('connections', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(({ line }, socket) => {
      socket.write(json({ line }));
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('serve many requests on both sides of the facade', async () => {
    const client = await RawClient.connect(facade.port);
    for (let at = 0; at < 20; at += 1) {
      const body = at % 2 === 0 ? '' : 'x'.repeat(at);
      client.send(`POST /${at} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      assert.equal((await client.answer()).status, 200);
    }
    assert.equal(legacy.connections(), 1);
    client.close();
  });

  it('answer pipelined requests in order', async () => {
    const client = await RawClient.connect(facade.port);
    client.send(
      'GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\nGET /c HTTP/1.1\r\nHost: h\r\n\r\n',
    );
    const lines = [await client.answer(), await client.answer(), await client.answer()].map(({ body }) =>
      body.toString(),
    );
    assert.deepEqual(
      lines,
      ['a', 'b', 'c'].map((name) => `{"line":"GET /${name} HTTP/1.1"}`),
    );
    client.close();
  });

  it('are closed for a client that asks for it', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    const answer = await client.answer();
    assert.deepEqual(valuesOf(answer.headers, 'connection'), ['close']);
    await client.ended();
  });

  it('stay open for the client when the side closes its own', async () => {
    const closing = await startUpstream((_request, socket) => {
      socket.end(json({ ok: true }, '200 OK', 'Connection: close\r\n'));
    });
    const other = await startFacadeUnderTest({ legacy: closing.origin });
    const client = await RawClient.connect(other.port);
    for (let at = 0; at < 3; at += 1) {
      const answer = await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n').answer();
      assert.deepEqual(valuesOf(answer.headers, 'connection'), ['keep-alive']);
    }
    assert.equal(closing.connections(), 3);
    client.close();
    await other.close();
    await closing.close();
  });
});
