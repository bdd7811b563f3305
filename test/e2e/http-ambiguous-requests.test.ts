import assert from 'node:assert/strict';
import { type FacadeUnderTest, startFacadeUnderTest } from '../kit/facade-under-test.js';
import { RawClient } from '../kit/raw-http.js';
import { json, startUpstream, type Upstream } from '../kit/upstream.js';

const post = (headers: string, body = ''): string => `POST / HTTP/1.1\r\nHost: h\r\n${headers}\r\n\r\n${body}`;

/** name, request, status, code, whether the connection is closed */
const CASES: readonly (readonly [string, string, number, string, boolean])[] = [
  [
    'length and chunked',
    post('Content-Length: 4\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
    400,
    'framing_ambiguous',
    true,
  ],
  [
    'chunked and length',
    post('Transfer-Encoding: chunked\r\nContent-Length: 4', '0\r\n\r\n'),
    400,
    'framing_ambiguous',
    true,
  ],
  ['two lengths', post('Content-Length: 1\r\nContent-Length: 2', 'ab'), 400, 'framing_ambiguous', true],
  ['two equal lengths', post('Content-Length: 2\r\nContent-Length: 2', 'ab'), 400, 'framing_ambiguous', true],
  ['a list of lengths', post('Content-Length: 2, 2', 'ab'), 400, 'framing_ambiguous', true],
  ['a length with a sign', post('Content-Length: +2', 'ab'), 400, 'framing_ambiguous', true],
  ['a negative length', post('Content-Length: -2', 'ab'), 400, 'framing_ambiguous', true],
  ['a length that is no number', post('Content-Length: 0x2', 'ab'), 400, 'framing_ambiguous', true],
  ['a length beyond all bounds', post('Content-Length: 99999999999999999999'), 400, 'framing_ambiguous', true],
  ['another coding', post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'), 400, 'framing_ambiguous', true],
  ['an unknown coding', post('Transfer-Encoding: cow'), 400, 'framing_ambiguous', true],
  ['chunked twice', post('Transfer-Encoding: chunked, chunked', '0\r\n\r\n'), 400, 'framing_ambiguous', true],
  [
    'chunked in HTTP/1.0',
    'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'framing_ambiguous',
    true,
  ],
  ['a blank before the colon', post('Content-Length : 2', 'ab'), 400, 'request_line_invalid', true],
  ['a folded header', post('X-A: b\r\n c'), 400, 'request_line_invalid', true],
  ['a bare line feed', 'GET / HTTP/1.1\nHost: h\n\n', 400, 'request_line_invalid', true],
  ['a NUL in a header', post('X-A: b\0c'), 400, 'request_line_invalid', true],
  ['no request line', 'hello\r\n\r\n', 400, 'request_line_invalid', true],
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400, 'request_line_invalid', true],
  ['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'request_line_invalid', true],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'host_missing', true],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400, 'host_duplicate', true],
  ['another host in the target', 'GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n', 400, 'host_mismatch', true],
  ['user information in the target', 'GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'target_invalid', true],
  ['a target of another scheme', 'GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'target_invalid', true],
  ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'target_invalid', true],
  [
    'a head that is too large',
    `GET / HTTP/1.1\r\nHost: h\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`,
    431,
    'head_too_large',
    true,
  ],
  ['a target that is too large', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: h\r\n\r\n`, 431, 'head_too_large', true],
  ['TRACE', 'TRACE / HTTP/1.1\r\nHost: h\r\n\r\n', 501, 'method_refused', true],
  ['CONNECT', 'CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n', 501, 'method_refused', true],
  ['a backslash in the path', 'GET /a\\b HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'path_ambiguous', false],
  ['dot segments', 'GET /a/../b HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'path_ambiguous', false],
  ['encoded dot segments', 'GET /a/%2e%2E/b HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'path_ambiguous', false],
  ['an encoded NUL', 'GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'path_ambiguous', false],
  ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'path_ambiguous', false],
  ['a fragment behind the query', 'GET /a?b#c HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'path_ambiguous', false],
];

describe('a request that two servers could read differently', () => {
  let legacy: Upstream;
  let facade: FacadeUnderTest;

  before(async () => {
    legacy = await startUpstream(json({ ok: true }));
    facade = await startFacadeUnderTest({ legacy: legacy.origin });
  });

  after(async () => {
    await facade.close();
    await legacy.close();
  });

  for (const [name, request, status, code, closes] of CASES)
    it(`(${name}) is refused with ${status} ${code}${closes ? ', and the connection closed' : ''}`, async () => {
      const client = await RawClient.connect(facade.port);
      const answer = await client.send(request).answer();
      const body = JSON.parse(answer.body.toString()) as Record<string, string>;
      assert.equal(answer.status, status);
      assert.equal(body.error, code);
      assert.equal(Object.keys(body).join(), 'error,reason,requestId');
      assert.equal(facade.recorded.refused.at(-1), code);
      if (closes) await client.ended();
      else assert.equal((await client.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n').answer()).status, 200);
      client.close();
      assert.deepEqual(
        legacy.seen.filter(({ line }) => !line.startsWith('GET / ')),
        [],
      );
    });

  it('(a broken chunk) is refused, and the side never gets a whole request', async () => {
    const client = await RawClient.connect(facade.port);
    client.send('POST /chunk HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n');
    const answer = await client.answer();
    assert.equal(answer.status, 400);
    await client.ended();
    assert.ok(!legacy.seen.some(({ line }) => line.includes('/chunk')));
  });

  it('(absolute target that repeats Host) is no such request: the side gets the path', async () => {
    const client = await RawClient.connect(facade.port);
    const answer = await client.send('GET http://H:80/x?y HTTP/1.1\r\nHost: h:80\r\n\r\n').answer();
    assert.equal(answer.status, 200);
    assert.equal(legacy.seen.at(-1)?.line, 'GET /x?y HTTP/1.1');
    client.close();
  });

  it('(2,500 headers) is no such request: none is lost', async () => {
    const many = Array.from({ length: 2500 }, (_one, at) => `A${at}: b`).join('\r\n');
    const client = await RawClient.connect(facade.port);
    const answer = await client.send(`GET / HTTP/1.1\r\nHost: h\r\n${many}\r\nLast: 1\r\n\r\n`).answer();
    assert.equal(answer.status, 200);
    assert.ok(legacy.seen.at(-1)?.headers.includes('Last'));
    client.close();
  });
});
