import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TABLE_ERROR_CODES } from '../../../src/facade/table/table-error.js';
import { CLIENT_EVENT_MEANINGS } from '../../../src/legacy-bridge/realtime/client-events.js';
import { PATH_REFUSALS } from '../../../src/legacy-bridge/url-map/path-safety.js';

const file = fileURLToPath(new URL('../../../docs/reference/migration-table.md', import.meta.url));

function generated(codes: Readonly<Record<string, string>>, head: string): string {
  return [
    `| ${head} | meaning |`,
    '|---|---|',
    ...Object.entries(codes).map(([code, text]) => `| \`${code}\` | ${text} |`),
  ].join('\n');
}

const LISTS: readonly (readonly [name: string, list: Readonly<Record<string, string>>, head: string])[] = [
  ['path refusals', PATH_REFUSALS, 'code'],
  ['table errors', TABLE_ERROR_CODES, 'code'],
  ['known events', CLIENT_EVENT_MEANINGS, 'event'],
];

/** Set UPDATE_REFERENCE=1 to write what is missing. */
describe('docs/reference/migration-table.md', () => {
  for (const [name, codes, head] of LISTS) {
    it(`lists the ${name} as the code has them`, () => {
      const text = readFileSync(file, 'utf8');
      const [begin, end] = [`<!-- begin: ${name} -->\n`, `<!-- end: ${name} -->`];
      const from = text.indexOf(begin) + begin.length;
      const to = text.indexOf(end);
      assert.ok(from >= begin.length && to >= from, `the reference has no place for ${name}`);
      if (process.env.UPDATE_REFERENCE === '1')
        writeFileSync(file, `${text.slice(0, from)}${generated(codes, head)}\n${text.slice(to)}`);
      else assert.equal(text.slice(from, to).trim(), generated(codes, head));
    });
  }
});
