import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient, rawRequest } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

describe('an informational answer', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream((_request, socket) => {
      socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${json({ ok: true })}`);
    });
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('goes before the final one', async () => {
    const client = await RawClient.connect(facade.port);
    const hint = await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n').answer();
    assert.equal(hint.status, 103);
    assert.deepEqual(hint.headers, ['Link', '</a.css>; rel=preload']);
    assert.equal((await client.answer()).status, 200);
    client.close();
  });

  it('is kept from HTTP/1.0 clients, which would take it for the final one', async () => {
    assert.equal((await rawRequest(facade.port, 'GET / HTTP/1.0\r\n\r\n')).status, 200);
  });
});
