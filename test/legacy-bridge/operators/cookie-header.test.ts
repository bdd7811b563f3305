/** Cookie headers, as the legacy's framework reads them; and that reading takes time in proportion to the length. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { readCookie } from '../../../src/legacy-bridge/operators/cookie-header.js';
import { projectRoot } from '../../kit/python.js';
import { quickest } from '../../kit/quickest.js';

const HEADERS = [
  'a=1; session=x; b=2',
  'session=first; session=second',
  'session="quoted"',
  'session="a;b"; c=d',
  'session="a\\"b"',
  'session="\\101\\054x"',
  'session="open; next=1',
  'session="closed"tail; next=1',
  'session',
  'session=',
  'session; session=x',
  ' session = spaced ;',
  'session==x==',
  ';;; =novalue; session=y',
  'Session=other case',
  'session=a b c',
  'session="',
  'session="\\"',
  'x="session=hidden"; session=seen',
  '',
];

/** What Werkzeug's own parser says, for headers in Latin-1. */
function werkzeug(headers: readonly string[]): (string | null)[] {
  const program = `
import json, sys
from werkzeug.http import parse_cookie
headers = json.loads(sys.stdin.read())
print(json.dumps([parse_cookie({'HTTP_COOKIE': h}).get('session') for h in headers]))`;
  return JSON.parse(
    execFileSync(`${projectRoot}scripts/python`, ['-c', program], { input: JSON.stringify(headers), encoding: 'utf8' }),
  );
}

describe('the cookie header', () => {
  it("is read as the legacy's framework reads it", () => {
    const character = fc.constantFrom(...'session=;="\\ ,01234a', '\u00c3', '\u00ab', '\t');
    const random = fc.sample(fc.string({ unit: character, maxLength: 40 }), { numRuns: 3000, seed: 7 });
    const near = fc.sample(
      fc.array(fc.constantFrom('session', '=', ';', '"', '\\', ' ', 'x', '\\101', '; '), { maxLength: 14 }),
      { numRuns: 3000, seed: 7 },
    );
    const headers = [...HEADERS, ...random, ...near.map((parts) => parts.join(''))];
    const expected = werkzeug(headers);
    headers.forEach((header, index) => {
      assert.equal(readCookie(header, 'session') ?? null, expected[index], JSON.stringify(header));
    });
  });

  it('may be absent', () => {
    assert.equal(readCookie(undefined, 'session'), undefined);
  });

  it('of any shape is read in linear time, by compiled code as well', () => {
    const long = 200_000;
    const headers = [
      `session=${' '.repeat(long)}x`,
      ' '.repeat(long),
      '="'.repeat(long / 2),
      'a="\\;'.repeat(long / 5),
      `a="${'\\"'.repeat(long / 2)}`,
      ';'.repeat(long),
    ];
    // The compiler may build a text that is put together here anew at each use; it compiles after some rounds of different shapes.
    for (let round = 0; round < 3; round += 1) for (const header of headers) readCookie(header, 'nobody');
    for (const header of headers) {
      assert.ok(quickest(() => readCookie(header, 'nobody')) < 1000, header.slice(0, 10));
    }
  });
});
