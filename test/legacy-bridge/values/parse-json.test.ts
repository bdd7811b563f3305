/** Python's reading of JSON bodies, held against Python itself. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { encodeJson } from '../../../src/legacy-bridge/values/encode-json.js';
import { hasLoneSurrogate, parseJson } from '../../../src/legacy-bridge/values/parse-json.js';
import { integerOf } from '../../../src/legacy-bridge/values/python-int.js';
import { textOf } from '../../../src/legacy-bridge/values/python-text.js';
import { isTruthy } from '../../../src/legacy-bridge/values/python-value.js';
import { projectRoot } from '../../kit/python.js';

/** For each body (base64): Python's JSON in the legacy's form, `str`, `int` and truth; null where it raises. */
const PYTHON = `
import base64, json, sys
def attempt(f):
    try: return f()
    except Exception: return None
out = []
for text in json.load(sys.stdin):
    try: value = json.loads(base64.b64decode(text))
    except (ValueError, UnicodeDecodeError): out.append(None); continue
    whole = attempt(lambda: int(value))
    out.append({
        'json': json.dumps(value, sort_keys=True, separators=(',', ':')),
        'text': base64.b64encode(str(value).encode('utf-8', 'surrogatepass')).decode(),
        'int': None if whole is None else str(whole),
        'truth': bool(value),
    })
json.dump(out, sys.stdout)
`;

interface Seen {
  readonly json: string;
  readonly text: string;
  readonly int: string | null;
  readonly truth: boolean;
}

function python(bodies: readonly Buffer[]): readonly (Seen | null)[] {
  const input = JSON.stringify(bodies.map((body) => body.toString('base64')));
  const output = execFileSync(`${projectRoot}scripts/python`, ['-c', PYTHON], { input, maxBuffer: 64 * 2 ** 20 });
  return JSON.parse(output.toString()) as (Seen | null)[];
}

function ours(body: Buffer): Seen | null {
  const value = parseJson(body);
  if (value === undefined) return null;
  return {
    json: encodeJson(value),
    text: Buffer.from(textOf(value)).toString('base64'),
    int: integerOf(value)?.toString() ?? null,
    truth: isTruthy(value),
  };
}

const HAND_PICKED: readonly string[] = [
  '',
  ' ',
  'null',
  'true',
  ' false ',
  'nul',
  'nullx',
  '0',
  '-0',
  '-0.0',
  '1.0',
  '1',
  '1e3',
  '1E+16',
  '1e15',
  '123456789012345678.0',
  '1e-4',
  '1e-5',
  '1.5e300',
  '1e400',
  '-1e400',
  '5e-324',
  '01',
  '1.',
  '.5',
  '+1',
  '-',
  '1_0',
  '9007199254740993',
  '-123456789012345678901234567890',
  'NaN',
  'Infinity',
  '-Infinity',
  '-NaN',
  '[NaN,Infinity,-Infinity]',
  '""',
  '"a"',
  '"\\u00fc\\u0000\\ud83d\\ude00"',
  '"ü😀"',
  '"\\n\\t\\b\\f\\r\\/\\\\"',
  '"\\x"',
  '"\\u12"',
  '"\t"',
  '"\x7f\x80"',
  '"unfinished',
  "'single'",
  '[]',
  '[1,]',
  '[,]',
  '[1 2]',
  '{}',
  '{"a":1,"a":2}',
  '{"b":1,"a":{"é":[1.0,1,true,null]}}',
  '{"10":1,"9":2,"__proto__":3}',
  '{a:1}',
  '{"a"}',
  '{"a":1,}',
  '{"a":1}x',
  '// x\n1',
  '"it\'s"',
  '"say \\"x\\""',
  '["it\'s","say \\"x\\"","both \' and \\"","\\u2028","\\u00a0","\\u200b","\\ue000","\\n"]',
  '" 12 "',
  '"\\u0663"',
  '"-1_000"',
  '"1__0"',
  '"_1"',
  '"1.5"',
  '"\\ud835\\udfd9\\ud835\\udfd8"',
  '"\\u001c7\\u0085"',
  '1.9',
  '-1.9',
  `[${'['.repeat(400)}${']'.repeat(400)}]`,
  '9'.repeat(4300),
  '9'.repeat(4301),
  `"${'9'.repeat(4301)}"`,
];

describe('lenient JSON', () => {
  it('reads hand-picked bodies as Python does', () => {
    const bodies = HAND_PICKED.map((text) => Buffer.from(text));
    for (const [index, seen] of python(bodies).entries())
      assert.deepEqual(ours(bodies[index] ?? Buffer.alloc(0)), seen, HAND_PICKED[index]?.slice(0, 80));
  });

  it('reads other encodings as Python does', () => {
    const text = '{"a":"ü"}';
    const little = Buffer.from(text, 'utf16le');
    const big = Buffer.from(little).swap16();
    const wide = Buffer.concat([...text].map((ch) => Buffer.from([0, 0, 0, ch.charCodeAt(0)])));
    const bodies = [
      Buffer.from(`\ufeff${text}`),
      little,
      big,
      Buffer.concat([Buffer.from([0xff, 0xfe]), little]),
      Buffer.concat([Buffer.from([0xfe, 0xff]), big]),
      wide,
      Buffer.concat([Buffer.from([0, 0, 0xfe, 0xff]), wide]),
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from('ü', 'latin1'),
      Buffer.from([0, 0x31]),
      Buffer.from([0x31, 0]),
    ];
    for (const [index, seen] of python(bodies).entries())
      assert.deepEqual(ours(bodies[index] ?? Buffer.alloc(0)), seen, `encoding ${index}`);
  });

  it('reads any JSON as Python does', () => {
    const bodies = fc.sample(fc.json({ maxDepth: 4 }), { numRuns: 300, seed: 7 }).map((text) => Buffer.from(text));
    const numbers = fc.sample(fc.double(), { numRuns: 300, seed: 7 }).map((value) => Buffer.from(String(value)));
    const all = [...bodies, ...numbers];
    for (const [index, seen] of python(all).entries())
      assert.deepEqual(ours(all[index] ?? Buffer.alloc(0)), seen, String(all[index]));
  });

  it('refuses nesting that Python gives up on, without a stack overflow', () => {
    assert.equal(parseJson(Buffer.from('['.repeat(100_000))), undefined);
  });

  it('reads texts with every escape, and none that there is not, as Python does', () => {
    const parts = ['\\', '"', 'n', 'u', '00', 'e9', 'D83D', '\n', '\t', '\u007f', '\u2028', 'é', '/', ' '];
    const texts = fc.sample(fc.array(fc.constantFrom(...parts), { maxLength: 8 }), { numRuns: 500, seed: 7 });
    const bodies = texts.flatMap((text) => [`"${text.join('')}"`, `["x", {"${text.join('')}": "${text.join('')}"}]`]);
    const all = bodies.map((body) => Buffer.from(body));
    for (const [index, seen] of python(all).entries())
      assert.deepEqual(ours(all[index] ?? Buffer.alloc(0))?.json, seen?.json, bodies[index]);
  });

  it('takes no more memory for a text of line ends than twice its length', () => {
    const body = Buffer.from(`"${'\\r\\n'.repeat(500_000)}"`);
    const before = process.memoryUsage().heapUsed;
    const text = parseJson(body) as string;
    assert.ok(process.memoryUsage().heapUsed - before < 30_000_000);
    assert.equal(text.length, 1_000_000);
  });

  it('keeps halves of surrogate pairs, and tells them', () => {
    const value = parseJson(Buffer.from('"\\ud800"'));
    assert.equal(value, '\ud800');
    assert.equal(hasLoneSurrogate('\ud800'), true);
    assert.equal(hasLoneSurrogate('\ud83d\ude00'), false);
  });
});

describe('JSON in the legacy form', () => {
  it('sorts keys by code point and escapes all but ASCII', () => {
    const keys = ['\u{1f600}', '\uffee', 'b', 'a'];
    const value = Object.fromEntries(keys.map((key) => [key, 'é']));
    assert.equal(encodeJson(value), '{"a":"\\u00e9","b":"\\u00e9","\\uffee":"\\u00e9","\\ud83d\\ude00":"\\u00e9"}');
  });

  it('refuses numbers that it could not write exactly', () => {
    assert.throws(() => encodeJson(2 ** 53), TypeError);
    assert.equal(encodeJson({ left: undefined, n: 1.5 }), '{"n":1.5}');
  });
});
