import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { rawRequest, valuesOf } from '../kit/raw-http.js';
import { startUpstream, type Upstream } from '../kit/upstream.js';

describe('trailers', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(({ line }, socket) => {
      socket.write(
        line.includes('/odd')
          ? 'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nContent-Length: 2\r\n\r\nok'
          : 'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 42\r\nHost: evil\r\nSet-Cookie: a=b\r\n\r\n',
      );
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('of an answer reach the client, those that frame or set state excepted', async () => {
    const answer = await rawRequest(facade.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.deepEqual(valuesOf(answer.headers, 'trailer'), ['X-Sum']);
    assert.deepEqual(answer.trailers, ['X-Sum: 42']);
    assert.equal(answer.body.toString(), 'ok');
  });

  it('are not announced to an HTTP/1.0 client', async () => {
    const answer = await rawRequest(facade.port, 'GET / HTTP/1.0\r\n\r\n');
    assert.deepEqual(valuesOf(answer.headers, 'trailer'), []);
    assert.equal(answer.body.toString(), 'ok');
  });

  it('announced beside a length do no harm', async () => {
    const answer = await rawRequest(facade.port, 'GET /odd HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.equal(answer.body.toString(), 'ok');
    assert.deepEqual(valuesOf(answer.headers, 'trailer'), []);
  });

  it('announced by a client, or sent, do no harm and are dropped', async () => {
    for (const request of [
      'GET / HTTP/1.1\r\nHost: h\r\nTrailer: X\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: h\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n',
    ]) {
      assert.equal((await rawRequest(facade.port, request)).status, 200);
      assert.deepEqual(valuesOf(legacy.seen.at(-1)?.headers ?? [], 'trailer'), []);
    }
  });
});
