import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { rawRequest } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

describe('a kept connection that the side closes as the next request is written', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  beforeEach(async () => {
    // Answers the first request of each connection and drops the connection at the second, unanswered.
    legacy = await startUpstream(({ nth, line }, socket) => {
      if (line.includes('/never') || nth > 0) socket.destroy();
      else socket.write(json({ ok: true }));
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  afterEach(async () => {
    await facade.close();
    await legacy.close();
  });

  const get = (path: string) => rawRequest(facade.port, `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);

  it('costs a safe request nothing: it is sent once more', async () => {
    assert.equal((await get('/1')).status, 200);
    assert.equal((await get('/2')).status, 200);
    assert.deepEqual(
      legacy.seen.map(({ line }) => line),
      ['GET /1 HTTP/1.1', 'GET /2 HTTP/1.1', 'GET /2 HTTP/1.1'],
    );
    assert.equal(legacy.connections(), 2);
    assert.deepEqual(facade.recorded.failed, []);
  });

  it('fails a write, which might have been executed', async () => {
    assert.equal((await get('/1')).status, 200);
    const answer = await rawRequest(facade.port, 'POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}');
    assert.equal(answer.status, 502);
    assert.equal(JSON.parse(answer.body.toString()).error, 'legacy_closed_early');
    assert.equal(legacy.seen.length, 2);
  });

  it('is not taken for one when the connection was new', async () => {
    assert.equal((await get('/never')).status, 502);
    assert.equal(legacy.seen.length, 1);
  });

  it('is tried once more only, not again and again', async () => {
    assert.equal((await get('/1')).status, 200);
    assert.equal((await get('/never')).status, 502);
    assert.equal(legacy.seen.length, 3);
  });
});
