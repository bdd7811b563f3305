import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { rawRequest, valuesOf } from '../kit/raw-http.js';
import { json, type SeenRequest, startUpstream, type Upstream } from '../kit/upstream.js';

const CLAIMS = [
  'X-Forwarded-For: 1.2.3.4',
  'x-forwarded-for: 5.6.7.8',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: evil.example',
  'X_Forwarded_For: 9.9.9.9',
  'X-Forwarded_Host: evil.example',
  'Forwarded: for=1.2.3.4',
  'X-Real-IP: 1.2.3.4',
  'X-Forwarded-Port: 1',
  'X-Forwarded-Prefix: /evil',
  'X-Forwarded-Server: evil',
  'X-Facade-Served-By: evil',
  'X-Borealis-Facade-Shadow: 1',
  'X_Facade_Shadow: 1',
].join('\r\n');

describe('what a side is told about the client', () => {
  let legacy: Upstream;

  before(async () => {
    legacy = await startUpstream(json({ ok: true }));
  });

  after(() => legacy.close());

  async function seenThrough(facade: FacadeUnderTest, headers: string): Promise<SeenRequest> {
    await rawRequest(facade.port, `GET / HTTP/1.1\r\nHost: agents.example:5000\r\n${headers}\r\n\r\n`);
    await facade.close();
    return legacy.seen.at(-1) as SeenRequest;
  }

  it('is what the facade knows, whatever the client says', async () => {
    const facade = await startFacadeUnderTest({ legacy: legacy.origin });
    const { headers } = await seenThrough(facade, CLAIMS);
    assert.deepEqual(valuesOf(headers, 'host'), ['agents.example:5000']);
    assert.deepEqual(valuesOf(headers, 'x-forwarded-for'), ['127.0.0.1']);
    assert.deepEqual(valuesOf(headers, 'x-forwarded-proto'), ['http']);
    assert.deepEqual(valuesOf(headers, 'x-forwarded-host'), ['agents.example:5000']);
    const rest = headers.filter(
      (name, at) => at % 2 === 0 && /evil|facade|_|real|port|prefix|server|^forwarded/i.test(name),
    );
    assert.deepEqual(rest, []);
  });

  it('behind a trusted proxy is what the proxy says, and the proxy', async () => {
    const facade = await startFacadeUnderTest({ legacy: legacy.origin, trustedProxies: ['127.0.0.0/8'] });
    const { headers } = await seenThrough(facade, CLAIMS);
    assert.deepEqual(valuesOf(headers, 'x-forwarded-for'), ['5.6.7.8, 127.0.0.1']);
    assert.deepEqual(valuesOf(headers, 'x-forwarded-proto'), ['https']);
    assert.deepEqual(valuesOf(headers, 'x-forwarded-host'), ['evil.example']);
    assert.deepEqual(valuesOf(headers, 'x-facade-served-by'), []);
    assert.deepEqual(valuesOf(headers, 'x_forwarded_for'), []);
  });

  it('beside a trusted proxy is what the facade knows', async () => {
    const facade = await startFacadeUnderTest({ legacy: legacy.origin, trustedProxies: ['10.0.0.0/8', '::1'] });
    const { headers } = await seenThrough(facade, CLAIMS);
    assert.deepEqual(valuesOf(headers, 'x-forwarded-for'), ['127.0.0.1']);
  });
});
