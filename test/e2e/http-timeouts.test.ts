import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient, rawRequest } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

describe('waiting has an end', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(({ line }, socket) => {
      if (line.includes('/stalls')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      else if (line.includes('/ok')) socket.write(json({ ok: true }));
    });
    facade = await startFacadeUnderTest({
      legacy: legacy.origin,
      timeoutMs: 400,
      limits: { idleBodyMs: 300, headersTimeoutMs: 300, idleConnectionMs: 1000, sideConnections: 1 },
    });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  const codeOf = (body: Buffer): string => JSON.parse(body.toString()).error;

  it('for a side that does not answer: 504', async () => {
    const answer = await rawRequest(facade.port, 'GET /never HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.equal(answer.status, 504);
    assert.equal(codeOf(answer.body), 'legacy_head_timeout');
    await legacy.idle();
  });

  it('for a connection to a side that is busy with others: 503', async () => {
    const first = rawRequest(facade.port, 'GET /never HTTP/1.1\r\nHost: h\r\n\r\n');
    await legacy.request(legacy.seen.length + 1);
    const others = await Promise.all(
      [1, 2, 3].map(() => rawRequest(facade.port, 'GET /never HTTP/1.1\r\nHost: h\r\n\r\n')),
    );
    assert.equal((await first).status, 504);
    assert.ok(others.some(({ status, body }) => status === 503 && codeOf(body) === 'legacy_queue_timeout'));
    await legacy.idle();
  });

  it('for the rest of an answer: the connection is cut', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('GET /stalls HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.ok((await client.ended()).endsWith('half'));
    assert.equal(facade.recorded.failed.at(-1), 'legacy_answer_stalled');
  });

  it('for the rest of a request body: 408, and the connection is closed', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf');
    const answer = await client.answer();
    assert.equal(answer.status, 408);
    assert.equal(codeOf(answer.body), 'client_body_stalled');
    await client.ended();
    // The connection that carries half a body must not carry another request.
    assert.equal((await rawRequest(facade.port, 'GET /ok HTTP/1.1\r\nHost: h\r\n\r\n')).status, 200);
  });

  it('but not for a body that comes slowly, however long it takes', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('POST /ok HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n');
    for (let at = 0; at < 10; at += 1) {
      client.send('x');
      await new Promise((resolve) => setTimeout(resolve, 120)); // In all four times the longest pause.
    }
    assert.equal((await client.answer()).status, 200);
    client.close();
  });

  it('for the rest of a request head: 408', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('GET /ok HTTP/1.1\r\nHost: h\r\nX-');
    assert.equal((await client.answer()).status, 408);
    await client.ended();
  });

  it('for a client that takes nothing of its answer', async () => {
    const piece = Buffer.alloc(1024 * 1024);
    const side = await startUpstream((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n');
      const more = (): void => {
        while (socket.write(piece));
      };
      socket.on('drain', more);
      more();
    });
    const other = await startFacadeUnderTest({ legacy: side.origin, limits: { idleBodyMs: 300 } });
    const client = await RawClient.connect(other.port);
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await side.request(1);
    await side.idle();
    assert.equal(other.recorded.logged.at(-1)?.fields?.code, 'client_not_reading');
    client.close();
    await other.close();
    await side.close();
  });
});
