import { deepEqual, equal, match } from 'node:assert/strict';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { createComparer } from '../../../../src/facade/comparing/create-comparer.js';
import { NO_NOISE } from '../../../../src/facade/comparing/noise/noise-view.js';
import { AT, answer, compare, read, rules, testRedactor, told } from '../../../kit/comparison-input.js';

type Pair = readonly [string, string];

function withHeaders(legacy: readonly Pair[], engine: readonly Pair[]) {
  return compare(read(answer('{}', { headers: legacy }), answer('{}', { headers: engine })));
}

describe('comparing answers', () => {
  it('tells another status first of all', () => {
    const result = compare(read(answer({ error: 'x' }, { status: 404 }), answer({ ok: true }, { status: 200 })));
    deepEqual(result.differences[0], { kind: 'status', path: 'status', legacy: '404', engine: '200' });
    equal(result.verdict, 'mismatch');
  });

  it('compares the headers that clients act on, and no others', () => {
    const result = withHeaders(
      [
        ['content-type', 'text/html; charset=utf-8'],
        ['date', 'x'],
        ['server', 'Werkzeug'],
        ['location', '/a'],
      ],
      [
        ['content-type', 'text/html;charset=UTF-8'],
        ['date', 'y'],
        ['location', '/b'],
        ['retry-after', '3'],
      ],
    );
    deepEqual(told(result), ['header headers.location', 'header headers.retry-after']);
  });

  it('takes some for sets of words', () => {
    equal(
      withHeaders(
        [
          ['allow', 'GET, HEAD'],
          ['vary', 'Cookie'],
        ],
        [
          ['allow', 'HEAD,GET'],
          ['vary', 'cookie, Cookie'],
        ],
      ).verdict,
      'match',
    );
    deepEqual(told(withHeaders([['allow', 'GET, HEAD']], [['allow', 'GET']])), ['header headers.allow']);
  });

  it('compares headers that a row names besides', () => {
    const [legacy, engine] = [answer('{}', { headers: [['x-a', '1']] }), answer('{}', { headers: [['x-a', '2']] })];
    equal(compare(read(legacy, engine)).verdict, 'match');
    deepEqual(told(compare(read(legacy, engine), rules({ headers: ['x-a'] }))), ['header headers.x-a']);
  });

  it('compares cookies by name and attribute', () => {
    const legacy: Pair[] = [
      ['set-cookie', 'a=1; Path=/; HttpOnly; SameSite=Lax'],
      ['set-cookie', 'b=1'],
    ];
    const engine: Pair[] = [
      ['set-cookie', 'c=1'],
      ['set-cookie', 'a=1; SameSite=Lax; path=/x'],
    ];
    deepEqual(told(withHeaders(legacy, engine)).sort(), [
      'header headers.set-cookie.a.httponly',
      'header headers.set-cookie.a.path',
      'header headers.set-cookie.b',
      'header headers.set-cookie.c',
    ]);
  });

  const ENCODED: readonly Pair[] = [
    ['gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['raw', 'deflate'],
    ['br', 'br'],
  ];
  for (const [form, encoding] of ENCODED)
    it(`compares bodies after undoing ${form}`, () => {
      const encoded = (text: string) =>
        ({ gzip: gzipSync, deflate: deflateSync, raw: deflateRawSync, br: brotliCompressSync })[form as 'gzip'](text);
      const headers: Pair[] = [
        ['content-type', 'application/json'],
        ['content-encoding', encoding],
      ];
      equal(compare(read(answer('{"a":1}'), answer('', { headers, body: encoded('{"a":1}') }))).verdict, 'match');
      deepEqual(told(compare(read(answer('{"a":1}'), answer('', { headers, body: encoded('{"a":2}') })))), [
        'value body.a',
      ]);
    });

  it('tells a body that is not what its encoding says', () => {
    const headers: Pair[] = [
      ['content-type', 'application/json'],
      ['content-encoding', 'gzip'],
    ];
    const result = compare(read(answer('{"a":1}'), answer('', { headers, body: gzipSync('{"a":1}').subarray(0, 15) })));
    deepEqual(told(result), ['type body']);
    match(result.differences[0]?.engine ?? '', /broken gzip/);
  });

  it('does not unpack bombs', () => {
    const small = createComparer({ redactor: testRedactor, now: () => AT, mostBody: 1_000_000 });
    const headers: Pair[] = [
      ['content-type', 'application/json'],
      ['content-encoding', 'gzip'],
    ];
    const bomb = gzipSync(Buffer.alloc(32_000_000));
    const result = small.compare(read(answer('{}'), answer('', { headers, body: bomb })), rules({}), NO_NOISE);
    equal(result.verdict, 'mismatch');
    match(result.notSeen.join(), /compared by digest/);
  });

  it('tells an empty body from one with contents', () => {
    deepEqual(told(compare(read(answer('{}'), answer('')))), ['missing body']);
    deepEqual(told(compare(read(answer(''), answer('{}')))), ['extra body']);
  });

  it('compares texts and bytes whole', () => {
    const html: Pair[] = [['content-type', 'text/html']];
    deepEqual(told(compare(read(answer('<p>a', { headers: html }), answer('<p>b', { headers: html })))), [
      'value body',
    ]);
    const bytes = (last: number) =>
      answer('', { headers: [['content-type', 'image/png']], body: Buffer.from([0xff, 0, last]) });
    equal(compare(read(bytes(1), bytes(1))).verdict, 'match');
    deepEqual(told(compare(read(bytes(1), bytes(2)))), ['value body']);
  });
});

describe('a comparison with a side that failed', () => {
  const failed = { outcome: 'failed', code: 'engine_reset', ms: 3 } as const;

  it('says nothing when the side that answers failed', () => {
    equal(compare(read(answer('{}'), answer('{}'), { legacy: failed })).reason, 'primary_failed');
  });

  it('is a mismatch when the other failed', () => {
    const result = compare(read(answer('{}'), answer('{}'), { engine: failed }));
    deepEqual(result.differences, [
      { kind: 'status', path: 'status', legacy: '200', engine: '"failed: engine_reset"' },
    ]);
  });

  it('says nothing when the engine can not tell', () => {
    const notRun = { ...failed, code: 'not_dry_runnable' };
    equal(compare(read(answer('{}'), answer('{}'), { engine: notRun })).reason, 'not_dry_runnable');
    equal(compare(read(answer('{}'), answer('{}', { status: 503 }))).reason, 'engine_unsure');
    equal(compare(read(answer('{}', { status: 429 }), answer('{}'))).reason, 'limited');
  });

  it('does not excuse an engine that limits copies', () => {
    equal(compare(read(answer('{}'), answer('{}', { status: 429 }))).verdict, 'mismatch');
  });
});
