/** What random histories of two schedulers are judged by, where days, months and years are counted, is itself held to the legacy's table and to Python. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HandoverDrawing } from '../../kit/handover-drawing.js';
import { nextRunsIn } from '../../kit/next-runs-by-calendar.js';
import { type NextRunCase, nextRunsByPython } from '../../kit/next-runs-by-python.js';
import { projectRoot } from '../../kit/python.js';
import { SeededRandom } from '../../kit/seeded-random.js';

interface LocalRow extends NextRunCase {
  readonly next: number;
}

const DRAWINGS = 500;
const YEAR = 31_557_600;

describe('the calendar of random histories', () => {
  it("is the legacy's on each row of its table, in zones with summer time", async () => {
    const file = join(projectRoot, 'test', 'parity', 'contract', 'next-run.json');
    const { local_zone_rows: rows } = JSON.parse(await readFile(file, 'utf8')) as { local_zone_rows: LocalRow[] };
    assert.ok(rows.length > 10);
    for (const { tz, last, now, next, ...schedule } of rows)
      assert.equal(nextRunsIn(tz).legacy(schedule, last ?? undefined, now), next, JSON.stringify({ tz, now, next }));
  });

  it("is Python's for the jobs of such histories", async () => {
    const cases = Array.from({ length: DRAWINGS }, (_none, seed) => drawn(seed)).flat();
    const read = await nextRunsByPython(cases);
    const differing = new Set<string>();
    for (const [index, { tz, last, now, ...schedule }] of cases.entries()) {
      const nextRuns = nextRunsIn(tz);
      const told = JSON.stringify(cases[index]);
      const meant = nextRuns.meant(schedule, last ?? undefined, now);
      assert.equal(meant, read[index]?.zoned, told);
      assert.equal(nextRuns.legacy(schedule, last ?? undefined, now), read[index]?.legacy, told);
      if (meant !== read[index]?.legacy) differing.add(tz);
    }
    assert.deepEqual([...differing].sort(), ['America/New_York', 'Australia/Lord_Howe', 'Europe/Berlin']);
  }).timeout(60_000);

  it('has them begin at every change of the clocks, and jobs come due there', () => {
    const changes = new Set<string>();
    let due = 0;
    for (let seed = 0; seed < DRAWINGS; seed += 1) {
      const { zone, begin } = new HandoverDrawing(new SeededRandom(seed));
      const near = nextRunsIn(zone).changes(begin - YEAR, begin + YEAR);
      const change = near.find((one) => Math.abs(one - begin) < 5400);
      if (change === undefined) continue;
      changes.add(`${zone} ${new Date(change * 1000).toISOString().slice(0, 7)}`);
      for (const { start, last, now, type } of drawn(seed)) {
        const next = nextRunsIn(zone).meant({ type, start }, last ?? undefined, now);
        if (next !== undefined && next - now < 900) due += 1;
      }
    }
    assert.equal(changes.size, 12, [...changes].join());
    assert.ok(due > 300, `${due}`);
  });
});

/** Jobs of one drawing, asked about at its begin, and at the occurrence after that. */
function drawn(seed: number): NextRunCase[] {
  const drawing = new HandoverDrawing(new SeededRandom(seed));
  return [1, 2, 3].flatMap(() => {
    const { type, start, ran } = drawing.calendarJob(drawing.begin);
    const now = drawing.begin;
    const first = { tz: drawing.zone, type, start, last: ran?.occurrence ?? null, now };
    const next = nextRunsIn(drawing.zone).meant({ type, start }, first.last ?? undefined, now) ?? now;
    return [first, { ...first, last: next, now: next + 60 }];
  });
}
