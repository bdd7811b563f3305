import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient, valuesOf } from '../kit/raw-http.js';
import { startUpstream, type Upstream } from '../kit/upstream.js';

const ANSWERS: Record<string, string> = {
  '/length': 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n',
  '/chunked': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n',
  '/204': 'HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n',
  '/304': 'HTTP/1.1 304 Not Modified\r\nETag: "e"\r\nContent-Length: 77\r\n\r\n',
  '/empty': 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
};

describe('an answer without a body', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(({ line }, socket) => {
      socket.write(ANSWERS[line.split(' ')[1] ?? ''] ?? '');
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  for (const [method, path, status, lengths] of [
    ['HEAD', '/length', 200, ['1234']],
    ['HEAD', '/chunked', 200, []],
    ['GET', '/204', 204, []],
    ['GET', '/304', 304, ['77']],
    ['GET', '/empty', 200, ['0']],
  ] as const)
    it(`to ${method} ${path} keeps its length and leaves the connection usable`, async () => {
      const client = await RawClient.connect(facade.port);
      client.send(`${method} ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
      const answer = await client.answer(method);
      assert.equal(answer.status, status);
      assert.deepEqual(valuesOf(answer.headers, 'content-length'), lengths);
      assert.equal(answer.body.length, 0);
      const next = await client.send('GET /empty HTTP/1.1\r\nHost: h\r\n\r\n').answer();
      assert.equal(next.status, 200);
      assert.equal(client.received, '');
      client.close();
    });
});
