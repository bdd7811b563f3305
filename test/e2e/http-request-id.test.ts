import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { rawRequest, valuesOf } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('X-Request-Id', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(json({ ok: true }));
    facade = await startFacadeUnderTest({ legacy: legacy.origin, rows: [{ match: '* /off', stage: 'retired' }] });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  const sentToSide = async (header: string): Promise<string[]> => {
    await rawRequest(facade.port, `GET / HTTP/1.1\r\nHost: h\r\n${header}\r\n`);
    return valuesOf(legacy.seen.at(-1)?.headers ?? [], 'x-request-id');
  };

  it('is made when there is none', async () => {
    const [id = '', ...more] = await sentToSide('');
    assert.match(id, UUID);
    assert.deepEqual(more, []);
  });

  it('is kept when it is sane', async () => {
    assert.deepEqual(await sentToSide('x-request-ID: run/42:a_b\r\n'), ['run/42:a_b']);
  });

  it('is made anew when it is too long or no visible ASCII', async () => {
    for (const bad of ['a'.repeat(129), 'a b', 'caf\xe9'])
      assert.match((await sentToSide(`X-Request-Id: ${bad}\r\n`))[0] ?? '', UUID);
  });

  it('stands in the header and the body of answers that the facade gives itself', async () => {
    const answer = await rawRequest(facade.port, 'GET /off HTTP/1.1\r\nHost: h\r\nX-Request-Id: abc\r\n\r\n');
    assert.equal(answer.status, 503);
    assert.deepEqual(valuesOf(answer.headers, 'x-request-id'), ['abc']);
    assert.equal(JSON.parse(answer.body.toString()).requestId, 'abc');
  });
});
