import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodePath } from '../../../src/legacy-bridge/url-map/decode-path.js';
import { ambiguousPath, type PathRefusal } from '../../../src/legacy-bridge/url-map/path-safety.js';

const REFUSED: Record<PathRefusal, string[]> = {
  path_not_absolute: ['', '*', 'health', 'http://host/health', '%2Fhealth'],
  path_backslash: ['/a\\b', '/\\', '/a%5cb', '/a%5Cb', '/..%5cserver.py'],
  path_fragment: ['/a#b', '/#'],
  path_control: ['/a%00b', '/a%0d%0ab', '/a\tb', '/%1F', '/%7f', '/a\u007f'],
  path_malformed: ['/100%', '/%zz', '/%4', '/%u0041', '/a%%20'],
  path_not_utf8: ['/%ff', '/%c0%ae%c0%ae/x', '/%ed%a0%80', '/%e2%98', '/\u00ff', '/%f5%80%80%80', '/\u00c3%a9'],
  path_dot_segment: [
    '/.',
    '/..',
    '/a/../b',
    '/a/./b',
    '/a/..',
    '/%2e%2e/x',
    '/.%2E/x',
    '/a%2f..%2fb',
    '/a/%2e',
    '/..%2f',
  ],
};

const ACCEPTED = [
  '/',
  '/health',
  '/api/users/Zo%C3%AB',
  '/api/users/Zo\u00c3\u00ab',
  '/a//b',
  '//a',
  '/api%2Fserver%2Ftime',
  '/.env',
  '/..a',
  '/a..',
  '/...',
  '/.well-known/x',
  '/a%20b',
  '/a%2eb',
  '/%252e%252e/x',
  '/a%23b',
  '/a%3Fb',
  '/gr%C3%B6%C3%9Fe/%E2%9C%93',
  '/%F0%9F%98%80',
  '/a|b"<c>',
]; // prettier-ignore

describe('ambiguousPath', () => {
  for (const [code, paths] of Object.entries(REFUSED)) {
    for (const path of paths) {
      it(`refuses ${JSON.stringify(path)} as ${code}`, () => assert.equal(ambiguousPath(path), code));
    }
  }

  for (const path of ACCEPTED) {
    it(`accepts ${JSON.stringify(path)}`, () => assert.equal(ambiguousPath(path), undefined));
  }

  it('accepts only paths that decode to text without dot segments, backslashes and control characters', () => {
    const path = fc
      .array(
        fc.constantFrom('/', '.', '%2e', '%2F', '%5c', '\\', 'a', '%00', '%41', '%', '%c3', '%a9', '\u00c3', '#', ' '),
      )
      .map((parts) => `/${parts.join('')}`);
    fc.assert(
      fc.property(path, (raw) => {
        if (ambiguousPath(raw) !== undefined) return;
        const text = decodePath(raw);
        assert.ok(!text.split('/').some((segment) => segment === '.' || segment === '..'), text);
        assert.ok(![...text].some((char) => char < ' ' || '\\\u007f\ufffd'.includes(char)), text);
        assert.equal(decodeURIComponent(Buffer.from(raw, 'latin1').toString('utf8')), text);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to the length of the path', () => {
    const long = `/${'a/'.repeat(50_000)}`;
    const started = process.hrtime.bigint();
    assert.equal(ambiguousPath(`${long}%`), 'path_malformed');
    assert.ok(process.hrtime.bigint() - started < 1_000_000_000n);
  });
});
