import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { rawRequest, valuesOf } from '../kit/raw-http.js';
import { startUpstream, type Upstream } from '../kit/upstream.js';

describe('headers of one connection', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(
      'HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=99\r\nProxy-Connection: x\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Keep: 1\r\nContent-Length: 0\r\n\r\n',
    );
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('are dropped on the way to the side, those that Connection lists too', async () => {
    await rawRequest(
      facade.port,
      'GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, X-Hop\r\nconnection: x-other, Host, Content-Length, X-Forwarded-For\r\nX-Hop: 1\r\nX-Other: 1\r\nTE: trailers\r\nTrailer: X\r\nKeep-Alive: 5\r\nProxy-Authorization: Basic x\r\nProxy-Connection: x\r\nProxy: http://evil\r\nX-Keep: 1\r\n\r\n',
    );
    const { headers } = legacy.seen.at(-1) ?? { headers: [] };
    const names = headers.filter((_one, at) => at % 2 === 0).map((name) => name.toLowerCase());
    assert.deepEqual(names.sort(), [
      'connection',
      'host',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-keep',
      'x-request-id',
    ]);
    assert.deepEqual(valuesOf(headers, 'connection'), ['keep-alive']);
  });

  it('are dropped on the way to the client', async () => {
    const { headers } = await rawRequest(facade.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.deepEqual(headers, [
      'X-Keep',
      '1',
      'Content-Length',
      '0',
      'Connection',
      'keep-alive',
      'Keep-Alive',
      'timeout=75',
    ]);
  });
});
