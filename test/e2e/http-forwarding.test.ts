import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { rawRequest, valuesOf } from '../kit/raw-http.js';
import { startUpstream, type Upstream } from '../kit/upstream.js';

describe('forwarding a request', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(
      'HTTP/1.1 207 Many Things\r\nX-oDd-Case: 1\r\nSet-Cookie: a=1\r\nsEt-cOOkie: b=2\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
    );
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  it('passes line, headers and body to the side as they came', async () => {
    await rawRequest(
      facade.port,
      'POST /a%2Fb//c?x=%20&y HTTP/1.1\r\nHost: Agents.example:5000\r\nX-oDd-Name: 1\r\nx-odd-name: 2\r\nAuthorization: Bearer t\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
    );
    const seen = legacy.seen.at(-1);
    assert.equal(seen?.line, 'POST /a%2Fb//c?x=%20&y HTTP/1.1');
    assert.equal(seen.body.toString(), '{}');
    assert.deepEqual(valuesOf(seen.headers, 'host'), ['Agents.example:5000']);
    assert.deepEqual(valuesOf(seen.headers, 'content-length'), ['2']);
    const odd = seen.headers.indexOf('X-oDd-Name');
    assert.deepEqual(seen.headers.slice(odd, odd + 6), [
      'X-oDd-Name',
      '1',
      'x-odd-name',
      '2',
      'Authorization',
      'Bearer t',
    ]);
  });

  it('passes status, status text, header case, order and duplicates, and body to the client', async () => {
    const answer = await rawRequest(facade.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.equal(answer.status, 207);
    assert.equal(answer.statusText, 'Many Things');
    assert.deepEqual(answer.headers.slice(0, 10), [
      'X-oDd-Case',
      '1',
      'Set-Cookie',
      'a=1',
      'sEt-cOOkie',
      'b=2',
      'Content-Type',
      'text/plain',
      'Content-Length',
      '5',
    ]);
    assert.equal(answer.body.toString(), 'hello');
  });

  it('adds nothing to an answer but what belongs to its own connection', async () => {
    const answer = await rawRequest(facade.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.deepEqual(answer.headers.slice(10), ['Connection', 'keep-alive', 'Keep-Alive', 'timeout=75']);
  });
});
