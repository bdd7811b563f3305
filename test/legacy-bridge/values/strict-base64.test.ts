/** Held to Python's own decoder. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { hasLoneSurrogate } from '../../../src/legacy-bridge/values/parse-json.js';
import { strictBase64 } from '../../../src/legacy-bridge/values/strict-base64.js';
import { projectRoot } from '../../kit/python.js';

const DECODE = `
import base64, json, sys
def decode(text):
    try:
        return base64.b64decode(text, validate=True).hex()
    except ValueError:
        return None
print(json.dumps([decode(text) for text in json.load(sys.stdin)]))
`;

function byPython(texts: readonly string[]): readonly (string | null)[] {
  const run = spawnSync(join(projectRoot, 'scripts', 'python'), ['-c', DECODE], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout) as (string | null)[];
}

describe('legacy-bridge: strict base64', () => {
  it('round trips', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
        assert.deepEqual(strictBase64(Buffer.from(bytes).toString('base64')), Buffer.from(bytes)),
      ),
    );
  });

  it('takes what Python takes, and nothing else', () => {
    const nearly = fc.string({ unit: fc.constantFrom(...'AbZ09+/=-_ \n'), maxLength: 12 });
    const padded = fc
      .tuple(
        fc.base64String({ maxLength: 16 }),
        fc.constantFrom('', '=', '==', '===', '====', '\n', 'A', ' ', 'é', '\u{1f5a5}'),
      )
      .map(([text, end]) => text + end);
    const texts = fc.sample(fc.oneof(nearly, padded, fc.string({ unit: 'binary', maxLength: 8 })), 4000);
    const wellFormed = texts.filter((text) => !hasLoneSurrogate(text));
    assert.deepEqual(
      wellFormed.map((text) => strictBase64(text)?.toString('hex') ?? null),
      byPython(wellFormed),
    );
  });

  it('is quick with a text of a million characters, good or bad', () => {
    const long = 'AAAA'.repeat(250_000);
    assert.equal(strictBase64(long)?.length, 750_000);
    assert.equal(strictBase64(`${long}!`), undefined);
    assert.equal(strictBase64('='.repeat(1_000_000)), undefined);
  });
});
