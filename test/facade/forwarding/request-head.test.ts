import assert from 'node:assert/strict';
import { type HeadSource, type RequestHead, readRequestHead } from '../../../src/facade/forwarding/request-head.js';
import { trustedProxies } from '../../../src/facade/forwarding/trusted-proxies.js';

const NOBODY = trustedProxies([]);

function read(rawHeaders: string[], more: Partial<HeadSource> = {}): ReturnType<typeof readRequestHead> {
  return readRequestHead({ rawHeaders, httpVersionMinor: 1, peer: '192.0.2.1', secure: false, ...more }, NOBODY);
}

function head(rawHeaders: string[], more: Partial<HeadSource> = {}): RequestHead {
  const result = read(rawHeaders, more);
  assert.notEqual(typeof result, 'string', String(result));
  return result as RequestHead;
}

describe('readRequestHead', () => {
  it('tells bodies by their framing', () => {
    assert.equal(head(['Host', 'h']).bodyLength, 0);
    assert.equal(head(['Host', 'h', 'Content-Length', '0']).bodyLength, 0);
    assert.equal(head(['Host', 'h', 'Content-Length', '17']).bodyLength, 17);
    assert.equal(head(['Host', 'h', 'Transfer-Encoding', 'Chunked']).bodyLength, 'chunked');
  });

  for (const [name, raw, problem] of [
    ['no Host', ['A', 'b'], 'host_missing'],
    ['two Hosts', ['Host', 'h', 'host', 'h'], 'host_duplicate'],
    ['two lengths', ['Host', 'h', 'Content-Length', '1', 'content-length', '1'], 'framing_ambiguous'],
    ['both framings', ['Host', 'h', 'Content-Length', '1', 'Transfer-Encoding', 'chunked'], 'framing_ambiguous'],
    ['a length that is no number', ['Host', 'h', 'Content-Length', '1,1'], 'framing_ambiguous'],
    [
      'codings in two headers',
      ['Host', 'h', 'Transfer-Encoding', 'gzip', 'Transfer-Encoding', 'chunked'],
      'framing_ambiguous',
    ],
  ] as const)
    it(`refuses ${name} even if Node's parser should not`, () => {
      assert.equal(read([...raw]), problem);
    });

  it('lets HTTP/1.0 do without Host, but not chunk', () => {
    assert.equal(head([], { httpVersionMinor: 0 }).provenance.host, '');
    assert.equal(read(['Transfer-Encoding', 'chunked'], { httpVersionMinor: 0 }), 'framing_ambiguous');
  });

  it('adds its own headers last, so that nothing listed in Connection can take them away', () => {
    const { headers } = head(['Connection', 'X-Forwarded-For, X-Request-Id, A', 'Host', 'h', 'A', 'b', 'C', 'd']);
    assert.deepEqual(headers.slice(0, -1), [
      ...['Host', 'h', 'C', 'd', 'X-Forwarded-For', '192.0.2.1'],
      ...['X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'h', 'X-Request-Id'],
    ]);
  });

  it('keeps an override for the facade, and makes one of several that can not be good', () => {
    const one = head(['Host', 'h', 'x-FACADE-override', 'a', 'X_Facade_Override', 'b', 'X-Facade-Other', 'c']);
    assert.equal(one.override, 'a');
    assert.doesNotMatch(one.headers.join('\n'), /facade/i);
    assert.equal(head(['Host', 'h', 'X-Facade-Override', 'a', 'x-facade-override', 'b']).override, 'a, b');
    assert.equal(head(['Host', 'h']).override, undefined);
  });

  it('knows agents by their context header, which goes on', () => {
    const { fromAgent, headers } = head(['Host', 'h', 'x-borealis-agent-context', 'SYSTEM']);
    assert.equal(fromAgent, true);
    assert.ok(headers.includes('x-borealis-agent-context'));
    assert.equal(head(['Host', 'h']).fromAgent, false);
  });
});
