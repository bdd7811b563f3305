import { equal, notEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import type { CapturedAnswer } from '../../../src/facade/comparing/comparison.js';
import type { ColumnValue, Effects } from '../../../src/legacy-bridge/effects/effects.js';
import { answer, compare, inserted, read, rules, updated, write } from '../../kit/comparison-input.js';

const RUNS = 150;

const anyHeaders = fc.array(
  fc.tuple(
    fc.constantFrom('content-type', 'content-encoding', 'set-cookie', 'location', 'allow', 'etag'),
    fc.oneof(fc.string(), fc.constantFrom('gzip', 'br', 'deflate', 'application/json', 'text/html')),
  ),
  { maxLength: 4 },
);
const anyAnswer: fc.Arbitrary<CapturedAnswer> = fc.record({
  status: fc.constantFrom(200, 404, 500),
  headers: anyHeaders,
  body: fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text.slice(1))),
  ),
});
const anyColumn: fc.Arbitrary<ColumnValue> = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.constant(null),
  fc.bigInt().map((value) => ({ integer: String(value) })),
  fc.base64String().map((blob) => ({ blob })),
  fc.json(),
);
const anyRow = fc.dictionary(fc.constantFrom('guid', 'id', 'name', 'a', 'b'), anyColumn);
const anyChange = fc.oneof(
  fc
    .tuple(fc.constantFrom('devices', 'sites', 'x'), anyRow, fc.nat(3))
    .map(([table, row, id]) => inserted(table, row, id)),
  fc
    .tuple(fc.constantFrom('devices', 'sites', 'x'), anyRow, anyRow, fc.nat(3))
    .map(([table, row, to, id]) => updated(table, row, to, id)),
);
const anyEffects: fc.Arbitrary<Effects> = fc.record({
  rows: fc.uniqueArray(anyChange, {
    maxLength: 4,
    selector: ({ table, rowId, change }) => `${table} ${rowId} ${change === 'insert'}`,
  }),
  events: fc.array(
    fc.record({ event: fc.constantFrom('e', 'f'), room: fc.option(fc.string()), payload: fc.jsonValue() }),
    { maxLength: 3 },
  ),
  calls: fc.array(fc.record({ method: fc.constant('GET'), url: fc.webUrl() }), { maxLength: 2 }),
});

describe('comparing', () => {
  it('finds that anything matches itself', () => {
    fc.assert(
      fc.property(anyAnswer, anyEffects, (same, effects) => {
        equal(compare(read(same, same)).verdict, 'match');
        equal(compare(write({ answers: [same, same], legacy: effects, engine: effects })).verdict, 'match');
      }),
      { numRuns: RUNS },
    );
  });

  it('pairs rows of one natural key in their order', () => {
    const rows = [inserted('devices', { guid: 'G' }, 0), inserted('devices', { guid: 'G', name: 'n' }, 1)];
    const effects: Effects = { rows, events: [], calls: [] };
    const same: CapturedAnswer = { status: 200, headers: [], body: Buffer.alloc(0) };
    equal(compare(write({ answers: [same, same], legacy: effects, engine: effects })).verdict, 'match');
  });

  it('finds a difference from either side, and throws at nothing', () => {
    fc.assert(
      fc.property(anyAnswer, anyAnswer, anyEffects, anyEffects, (a, b, done, other) => {
        const [there, back] = [compare(read(a, b)), compare(read(b, a))];
        equal(there.verdict, back.verdict);
        compare(write({ answers: [a, b], legacy: done, engine: other }), rules({ unordered: ['body', 'body.**'] }));
      }),
      { numRuns: RUNS },
    );
  });

  it('finds every single change of a document', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(), fc.jsonValue({ maxDepth: 1 }), (document, pick, value) => {
        const changed = changeOne(document, pick, value);
        fc.pre(JSON.stringify(sorted(changed)) !== JSON.stringify(sorted(document)));
        const result = compare(read(answer(document), answer(changed)));
        equal(result.verdict, 'mismatch');
        ok(result.differences.length > 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('finds every swap of two unequal items, unless order means nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 2, maxLength: 8 }),
        fc.nat(),
        fc.nat(),
        (list, i, j) => {
          const swapped = [...list];
          const [a, b] = [i % list.length, j % list.length];
          [swapped[a], swapped[b]] = [list[b] ?? null, list[a] ?? null];
          fc.pre(JSON.stringify(sorted(swapped)) !== JSON.stringify(sorted(list)));
          equal(compare(read(answer(list), answer(swapped))).verdict, 'mismatch');
          equal(compare(read(answer(list), answer(swapped)), rules({ unordered: ['body'] })).verdict, 'ignored');
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('finds every change of a row, an event, and what is left out of either', () => {
    fc.assert(
      fc.property(anyRow, fc.constantFrom('guid', 'id', 'name', 'a', 'b'), fc.jsonValue(), (row, column, payload) => {
        fc.pre(column in row);
        const value = `${JSON.stringify(row[column])} changed`;
        const own = { rows: [inserted('t', row)], events: [{ event: 'e', room: null, payload }] };
        notEqual(
          compare(write({ legacy: own, engine: { ...own, rows: [inserted('t', { ...row, [column]: value })] } }))
            .verdict,
          'match',
        );
        notEqual(compare(write({ legacy: own, engine: { ...own, rows: [] } })).verdict, 'match');
        notEqual(compare(write({ legacy: own, engine: { ...own, events: [] } })).verdict, 'match');
        const event = { event: 'e', room: null, payload: [payload] };
        notEqual(compare(write({ legacy: own, engine: { ...own, events: [event] } })).verdict, 'match');
      }),
      { numRuns: RUNS },
    );
  });
});

/** Replaces, drops or adds one thing somewhere. */
function changeOne(value: unknown, pick: number, to: unknown): unknown {
  if (typeof value !== 'object' || value === null) return to;
  if (Array.isArray(value)) {
    const at = pick % (value.length + 1);
    if (at === value.length) return [...value, to];
    if (pick % 5 === 0) return value.toSpliced(at, 1);
    return value.with(at, changeOne(value[at], Math.floor(pick / 7), to));
  }
  const keys = Object.keys(value);
  const key = keys[pick % (keys.length + 1)];
  if (key === undefined) return { ...value, [`new${keys.length}`]: to };
  const { [key]: old, ...rest } = value as Record<string, unknown>;
  return pick % 5 === 0 ? rest : { ...value, [key]: changeOne(old, Math.floor(pick / 7), to) };
}

/** `-0` is written as `0`. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
