/** ISO texts, with a zone and without: read as CPython reads them, whatever they are made of. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { parseZonedIso, readIso } from '../../../src/legacy-bridge/values/parse-zoned-iso.js';
import { projectRoot } from '../../kit/python.js';

const PYTHON = `
import json, sys
from datetime import datetime, timezone
out = []
for text in json.load(sys.stdin):
    try:
        at = datetime.fromisoformat(text)
        wall = at.replace(tzinfo=timezone.utc).timestamp()
        out.append([wall, None if at.tzinfo is None else at.utcoffset().total_seconds()])
    except ValueError:
        out.append(None)
json.dump(out, sys.stdout)
`;

const TEXTS = [
  '2099-01-02T03:04:05+00:00',
  '2099-01-02T03:04:05Z',
  '2099-01-02 03:04:05+00:00',
  '2024-02-29T23:59:59.5+05:30',
  '2023-02-29T00:00:00Z',
  '2024-01-02T03:04:05.123456789-08:00',
  '20240102T030405Z',
  '20240102T030405.25+0100',
  '2024-W01-1T00:00:00Z',
  '2020-W53-7T12:00:00+00:00',
  '2021-W53-1T00:00:00Z',
  '2024-01-02T03Z',
  '2024-01-02T03:04+00:00',
  '2024-01-02T24:00:00Z',
  '2024-01-02T03:04:60Z',
  '2024-13-02T03:04:05Z',
  '2024-01-02T03:04:05',
  '2024-01-02',
  'some day',
  // Of the zone nothing but hours; a week without its day.
  '2030-01-01T00:00:00+00',
  '2030-W01T10:00:00Z',
  '2030W01T10Z',
  // Separators here and not there.
  '2030-0101T00:00:00Z',
  '2030-01-01T00:0000Z',
  '2030-W011T10Z',
  '2030-01-01T00:00:00+00:0000',
  // What only CPython reads.
  '2030-01-01T00:00:00 Z',
  '2030-01-01T00.5Z',
  '2030-01-01T00:00:00+00:60',
  '2030-01-01\u{1f600}00:00Z',
  '2030-W01-10:00Z',
  '2030W0110:00Z',
  '2030-01-01T00:00:00Z ',
  '',
  '2024-01-02T03:04:05+24:00',
  '2024-01-02',
  '2024-01-02T',
  '20240102',
  '2024W01',
  '2024-01-02T03',
  '2024-01-02T03:',
  '2024-01-02T24:00',
  '4102444800',
];

const joined = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.join(''));
/** Mostly good; else on the edge. */
const two = fc.constantFrom('00', '01', '07', '12', '03', '10', '11', '09', '23', '24', '53', '59', '60', '99');
/** Mostly the same all along. */
const parted = (mark: string, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> => {
  const mixed = fc.constantFrom(mark, '');
  const by = (between: fc.Arbitrary<string>) =>
    joined(...parts.flatMap((part, at) => (at === 0 ? [part] : [between, part])));
  return fc.oneof(
    { weight: 2, arbitrary: by(fc.constant(mark)) },
    { weight: 2, arbitrary: by(fc.constant('')) },
    by(mixed),
  );
};
const year = fc.constantFrom('2030', '2024', '2020', '2020', '0001', '0000');
const month = fc.constantFrom('01', '02', '12', '13');
const week = joined(fc.constant('W'), fc.constantFrom('01', '12', '52', '53', '00'));
const weekday = fc.constantFrom('1', '4', '7', '8');
const day = fc.oneof(parted('-', year, month, two), parted('-', year, week), parted('-', year, week, weekday));
const fraction = fc.constantFrom('', '', '', '.5', ',25', '.', '.123456', '.1234567', '.123456x');
const time = fc.oneof(
  joined(two, fraction),
  joined(parted(':', two, two), fraction),
  joined(parted(':', two, two, two), fraction),
);
const zone = fc.oneof(fc.constantFrom('Z', 'Z', 'Z', '', '', 'z'), joined(fc.constantFrom('+', '-'), time));
const whole = fc.oneof(
  { weight: 9, arbitrary: joined(day, fc.constantFrom('T', 'T', ' ', '-', 'W', 'é', '5', ''), time, zone) },
  day,
);
/** One character more, less, or another. */
const spoilt = fc
  .tuple(whole, fc.nat(30), fc.constantFrom(...'0159-:.,WTZ+ ', ''), fc.nat(1))
  .map(([text, at, character, taken]) => text.slice(0, at) + character + text.slice(at + taken));

/** What the wall shows, and the offset where there is one, in seconds. */
type Seen = readonly [wall: number, offset: number | null];

function seenByPython(texts: readonly string[]): readonly (Seen | null)[] {
  const output = execFileSync(`${projectRoot}scripts/python`, ['-c', PYTHON], {
    input: JSON.stringify(texts),
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(output.toString()) as (Seen | null)[];
}

/** @returns how many have a zone, and how many have none */
function assertReadAlike(texts: readonly string[]): { readonly zoned: number; readonly naive: number } {
  const seen = seenByPython(texts);
  for (const [index, text] of texts.entries()) {
    const [wall, offset] = seen[index] ?? [];
    const read = readIso(text);
    const shown = JSON.stringify(text);
    const near = (ms: number | undefined, seconds: number) =>
      assert.ok(ms !== undefined && Math.abs(ms / 1000 - seconds) < 1e-4, `${shown}: ${ms} and ${seconds}`);
    if (wall === undefined) assert.equal(read, undefined, shown);
    else near(read?.wallMs, wall);
    if (offset === undefined || offset === null) assert.equal(read?.offsetMs, undefined, shown);
    else near(read?.offsetMs, offset);
    if (wall !== undefined && typeof offset === 'number') near(parseZonedIso(text), wall - offset);
    else assert.equal(parseZonedIso(text), undefined, shown);
  }
  const readable = seen.filter((one) => one !== null);
  const zoned = readable.filter(([, offset]) => offset !== null).length;
  return { zoned, naive: readable.length - zoned };
}

describe('ISO times', function () {
  this.timeout(20_000);

  it('are what Python reads, and nothing else', () => {
    assertReadAlike(TEXTS);
  });

  it('are so in every mixture of forms, spoilt ones included', () => {
    const texts = fc.sample(fc.oneof(whole, spoilt), 20_000);
    const { zoned, naive } = assertReadAlike(texts);
    assert.ok(zoned > 1000 && naive > 500 && zoned + naive < texts.length - 1000, `${zoned} and ${naive} can be read`);
  });
});
