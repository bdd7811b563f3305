import assert from 'node:assert/strict';
import fc from 'fast-check';
import { IGNORED_OVERRIDES, LONGEST_OVERRIDE_S } from '../../../src/facade/override/override.js';
import { Overrides } from '../../../src/facade/override/overrides.js';

const NOW = 1_800_000_000;
const KEY = Buffer.alloc(32, 7);
const ROW = { id: 'site-list', stage: 'legacy' } as const;
const at = (seconds: number, key = KEY) => new Overrides({ key, now: () => seconds * 1000 });
const GOOD = { row: ROW.id, side: 'engine', until: NOW + 600 } as const;

describe('Overrides', () => {
  const overrides = at(NOW);
  const value = overrides.sign(GOOD);
  const [version = '', side = '', row = '', until = '', signature = ''] = value.split(';');

  it('reads what it signed', () => {
    assert.deepEqual(overrides.read(value, ROW), GOOD);
    const back = { ...GOOD, side: 'legacy' } as const;
    assert.deepEqual(overrides.read(overrides.sign(back), { ...ROW, stage: 'engine' }), back);
  });

  it('signs the same text otherwise with another key, and for nothing else', () => {
    const other = at(NOW, Buffer.alloc(32, 8));
    assert.notEqual(other.sign(GOOD), value);
    assert.equal(other.read(value, ROW), 'signature');
  });

  for (const [what, parts] of [
    ['side', [version, 'legacy', row, until, signature]],
    ['row', [version, side, 'site-map', until, signature]],
    ['end', [version, side, row, String(Number(until) + 1), signature]],
    ['signature', [version, side, row, until, signature.replace(/.$/, (last) => (last === '0' ? '1' : '0'))]],
  ] as const)
    it(`believes none with another ${what}`, () => {
      const other = { ...ROW, id: parts[2] };
      assert.equal(overrides.read(parts.join(';'), other), 'signature');
    });

  for (const [what, text] of [
    ['another version', value.replace('v1', 'v2')],
    ['any row', [version, side, '*', until, signature].join(';')],
    ['a side that there is not', [version, 'both', row, until, signature].join(';')],
    ['a signature in capitals', [version, side, row, until, signature.toUpperCase().replace(/^\d+/, 'A')].join(';')],
    ['no signature', [version, side, row, until].join(';')],
    ['more after it', `${value};`],
    ['blanks', ` ${value}`],
    ['an end with a zero before it', [version, side, row, `0${until}`, signature].join(';')],
    ['two, as one line', `${value}, ${value}`],
    ['nothing', ''],
    ['far too much', value + 'a'.repeat(100_000)],
  ] as const)
    it(`finds ${what} malformed`, () => assert.equal(overrides.read(text, ROW), 'malformed'));

  it('ends to the second', () => {
    assert.deepEqual(at(GOOD.until - 1).read(value, ROW), GOOD);
    assert.equal(at(GOOD.until).read(value, ROW), 'expired');
  });

  it('believes none that ends more than a day from now, for then a clock is wrong', () => {
    const longest = { ...GOOD, until: NOW + LONGEST_OVERRIDE_S };
    assert.deepEqual(overrides.read(overrides.sign(longest), ROW), longest);
    assert.equal(at(NOW - 1).read(overrides.sign(longest), ROW), 'ahead');
  });

  it('counts for its row alone', () => {
    assert.equal(overrides.read(value, { id: 'site-map', stage: 'legacy' }), 'other_row');
  });

  it('sends nothing to the legacy once the row is retired', () => {
    const legacy = overrides.sign({ ...GOOD, side: 'legacy' });
    assert.equal(overrides.read(legacy, { ...ROW, stage: 'retired' }), 'retired');
    assert.deepEqual(overrides.read(value, { ...ROW, stage: 'retired' }), GOOD);
  });

  it('signs nothing that could be read otherwise', () => {
    for (const bad of ['a;engine', '', 'a b', 'A', 'a'.repeat(1000)])
      assert.throws(() => overrides.sign({ ...GOOD, row: bad }), TypeError);
    assert.throws(() => new Overrides({ key: Buffer.alloc(31), now: Date.now }), TypeError);
  });

  it('never throws for what a client sends, and believes none of it', () => {
    const near = fc.array(fc.constantFrom(...value.split(/(?<=;)/), ';', 'v1', '\0', 'é', '9'.repeat(12)), {
      maxLength: 8,
    });
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      near.map((parts) => parts.join('')),
      fc.tuple(fc.nat(value.length - 1), fc.string({ maxLength: 2 })).map(([place, text]) => {
        return value.slice(0, place) + text + value.slice(place + 1);
      }),
    );
    fc.assert(
      fc.property(anything, (text) => {
        fc.pre(text !== value);
        const read = overrides.read(text, ROW);
        assert.ok(typeof read === 'string' && read in IGNORED_OVERRIDES, text);
      }),
      { numRuns: 500 },
    );
  });
});
