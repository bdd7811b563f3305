import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient, rawRequest, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

const HEAD = 'POST /up HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n';

describe('Expect: 100-continue', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(json({ ok: true }));
    facade = await startFacadeUnderTest({
      legacy: legacy.origin,
      engine: { url: 'http://127.0.0.1:1' },
      rows: [{ match: 'POST /engine', stage: 'retired' }],
    });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('is granted when the side takes the body, and not passed on', async () => {
    const client = await RawClient.connect(facade.port);
    client.send(HEAD);
    assert.equal((await client.answer()).status, 100);
    client.send('hello');
    assert.equal((await client.answer()).status, 200);
    const seen = legacy.seen.at(-1);
    assert.equal(seen?.body.toString(), 'hello');
    assert.deepEqual(valuesOf(seen?.headers ?? [], 'expect'), []);
    client.close();
  });

  it('is not granted when the side can not be reached; the answer closes the connection', async () => {
    const client = await RawClient.connect(facade.port);
    client.send(HEAD.replace('/up', '/engine'));
    const answer = await client.answer();
    assert.equal(answer.status, 503);
    assert.deepEqual(valuesOf(answer.headers, 'connection'), ['close']);
    await client.ended();
  });

  it('of anything else is refused', async () => {
    const answer = await rawRequest(facade.port, 'GET / HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n');
    assert.equal(answer.status, 417);
  });
});
