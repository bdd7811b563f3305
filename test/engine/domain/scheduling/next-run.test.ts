/** When jobs run next, held to the legacy's own table and to a second reading of its rules in Python. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { legacyNextRun } from '../../../../src/engine/domain/scheduling/legacy-next-run.js';
import { nextRun, type ScheduleState } from '../../../../src/engine/domain/scheduling/next-run.js';
import { UTC } from '../../../../src/engine/domain/scheduling/zone.js';
import { namedZone } from '../../../kit/named-zone.js';
import { nextRunsByPython } from '../../../kit/next-runs-by-python.js';
import { projectRoot } from '../../../kit/python.js';
import { quickest } from '../../../kit/quickest.js';

interface Row {
  readonly tz?: string;
  readonly type: string | null;
  readonly start: number | null;
  readonly last: number | null;
  readonly now: number;
  readonly next: number | null;
}

const big = (value: number | null): bigint | null => (value === null ? null : BigInt(value));
const state = ({ type, start, last, now }: Omit<Row, 'next'>): ScheduleState => ({
  type: (type ?? '').trim().toLowerCase(),
  start: big(start),
  last: big(last),
  now: BigInt(now),
});

const TYPES = ['every_5_minutes', 'every_10_minutes', 'every_hour', 'daily', 'weekly', 'monthly', 'yearly', 'once'];
const ZONES = ['America/Denver', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia', 'UTC'];
const NOW = 1_773_152_617;
const YEAR = 31_557_600;

describe('next run', () => {
  let rows: readonly Row[];
  let localRows: readonly Row[];
  before(async () => {
    const table = JSON.parse(
      await readFile(join(projectRoot, 'test', 'parity', 'contract', 'next-run.json'), 'utf8'),
    ) as { rows: Row[]; local_zone_rows: Row[] };
    rows = table.rows;
    localRows = table.local_zone_rows;
  });

  it("is the legacy's on every row of its table, in both readings", () => {
    assert.ok(rows.length > 70);
    for (const row of rows) {
      assert.equal(nextRun(state(row), UTC), big(row.next), JSON.stringify(row));
      assert.equal(legacyNextRun(state(row), UTC), big(row.next), JSON.stringify(row));
    }
  });

  it("in the legacy's reading, shifts months and years by the zone as the legacy does", () => {
    assert.ok(localRows.length > 10);
    for (const row of localRows)
      assert.equal(legacyNextRun(state(row), namedZone(row.tz ?? '')), big(row.next), JSON.stringify(row));
  });

  it('keeps the local time of day of monthly and yearly jobs, through summer time and back', () => {
    const denver = namedZone('America/Denver');
    const at = (text: string): bigint => BigInt(Date.parse(text) / 1000);
    const start = at('2026-01-15T09:30:00-07:00');
    const months = (last: string, now: string) =>
      nextRun({ type: 'monthly', start, last: at(last), now: at(now) }, denver);
    assert.equal(months('2026-02-15T09:30:00-07:00', '2026-02-20T00:00:00Z'), at('2026-03-15T09:30:00-06:00'));
    assert.equal(months('2026-10-15T09:30:00-06:00', '2026-10-20T00:00:00Z'), at('2026-11-15T09:30:00-07:00'));
    const yearly = nextRun({ type: 'yearly', start, last: null, now: at('2026-06-01T00:00:00Z') }, denver);
    assert.equal(yearly, at('2027-01-15T09:30:00-07:00'));
  });

  it('an occurrence that the clock jumped over runs after the jump, and the next one at its old time', () => {
    const denver = namedZone('America/Denver');
    const at = (text: string): bigint => BigInt(Date.parse(text) / 1000);
    const start = at('2026-02-08T02:30:00-07:00');
    const jumped = nextRun({ type: 'monthly', start, last: start, now: start }, denver);
    assert.equal(jumped, at('2026-03-08T03:30:00-06:00'));
    const next = nextRun({ type: 'monthly', start, last: jumped, now: jumped ?? 0n }, denver);
    assert.equal(next, at('2026-04-08T02:30:00-06:00'));
  });

  it('a time that the clock shows twice is its first showing; a start at the second one stays', () => {
    const denver = namedZone('America/Denver');
    const at = (text: string): bigint => BigInt(Date.parse(text) / 1000);
    const first = at('2026-10-01T01:30:00-06:00');
    const shownTwice = nextRun({ type: 'monthly', start: first, last: first, now: first }, denver);
    assert.equal(shownTwice, at('2026-11-01T01:30:00-06:00'));
    const second = at('2026-11-01T01:30:00-07:00');
    assert.equal(nextRun({ type: 'monthly', start: second, last: null, now: second }, denver), second);
  });

  it('ends with the calendar, and holds 64 bits', () => {
    const most = 2n ** 63n - 1n;
    assert.equal(nextRun({ type: 'once', start: most, last: null, now: 0n }, UTC), most - (most % 60n));
    assert.equal(nextRun({ type: 'monthly', start: most, last: null, now: 0n }, UTC), null);
    const december = BigInt(Date.parse('9999-12-31T00:00:00Z') / 1000);
    assert.equal(nextRun({ type: 'monthly', start: december, last: december, now: december }, UTC), null);
    assert.equal(nextRun({ type: 'yearly', start: december, last: null, now: december }, UTC), december);
  });

  it('takes no longer from a start long past', () => {
    const ms = quickest(() => {
      for (const type of TYPES)
        for (let count = 0; count < 2000; count += 1)
          nextRun({ type, start: -62_135_000_000n + BigInt(count) * 60n, last: null, now: BigInt(NOW) }, UTC);
    });
    assert.ok(ms < 1000, `${ms} ms`);
  });

  it("agrees with a reading of the rules by Python's calendar, in every zone", async () => {
    const seconds = fc.integer({ min: NOW - 40 * YEAR, max: NOW + 2 * YEAR });
    const cases = fc.sample(
      fc.record({
        tz: fc.constantFrom(...ZONES),
        type: fc.constantFrom(...TYPES),
        start: seconds,
        last: fc.option(fc.integer({ min: NOW - 3 * YEAR, max: NOW + YEAR }), { nil: null }),
        now: fc.integer({ min: NOW - YEAR, max: NOW + YEAR }),
      }),
      3000,
    );
    const read = await nextRunsByPython(cases);
    for (const [index, one] of cases.entries()) {
      const zone = namedZone(one.tz);
      const told = `${JSON.stringify(one)}`;
      assert.equal(nextRun(state(one), UTC), big(read[index]?.utc ?? null), told);
      assert.equal(nextRun(state(one), zone), big(read[index]?.zoned ?? null), told);
      assert.equal(legacyNextRun(state(one), zone), big(read[index]?.legacy ?? null), told);
    }
  }).timeout(60_000);
});
