/** Fills facade.db with the counts of many comparisons, as a fleet's months would leave them. */
import type Database from 'better-sqlite3';

export interface ManyComparisons {
  readonly rows: number;
  readonly comparisons: number;
  /** Periods that ended, per row. */
  readonly earlier: number;
}

const STATUSES = ['2xx', '3xx', '4xx', '5xx'];
const CALLERS = ['anonymous', 'device', 'operator', 'admin'];
const VERDICTS = ['match', 'match', 'match', 'ignored', 'mismatch', 'inconclusive'];
const SHAPES = 60;
const PATHS = 60;
const BUCKETS = 120;
const PAIRS = 200;

/** @param rules digest that the rows in force have @returns cells written */
export function fillComparisons(
  database: Database.Database,
  ids: readonly string[],
  { comparisons, earlier }: Pick<ManyComparisons, 'comparisons' | 'earlier'>,
  { rules, build }: { readonly rules: string; readonly build: string },
): number {
  const insert = {
    period: database.prepare(
      "INSERT INTO comparison_periods (row, answered_by, rules, build, started_at, last_at) VALUES (?, 'legacy', ?, ?, 1, 2)",
    ),
    cell: database.prepare(
      'INSERT INTO comparison_cells VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
    shape: database.prepare(
      'INSERT INTO comparison_shapes VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
    difference: database.prepare('INSERT INTO comparison_differences VALUES (?, ?, ?, ?, ?)'),
    latency: database.prepare('INSERT INTO comparison_latencies VALUES (?, ?, ?, ?)'),
    pass: database.prepare('INSERT INTO comparison_passes VALUES (?, ?, ?, ?, ?)'),
    seen: database.prepare('INSERT OR IGNORE INTO comparison_seen VALUES (?, ?, ?, ?, ?)'),
    pair: database.prepare(
      "INSERT INTO comparison_pairs (period, row, at, verdict, signature, method, target, status, bytes, document) VALUES (?, ?, 1, 'mismatch', ?, 'GET', '/x', 200, 10, x'00')",
    ),
    path: database.prepare('INSERT INTO comparison_pair_paths VALUES (?, ?, ?)'),
  }; // prettier-ignore
  const cells = STATUSES.length * CALLERS.length * VERDICTS.length * 10;
  const perCell = Math.ceil(comparisons / ids.length / cells);
  const fill = database.transaction(() => {
    for (const id of ids)
      for (let age = earlier; age >= 0; age -= 1) {
        const period = Number(insert.period.run(id, rules, age === 0 ? build : `old-${age}`).lastInsertRowid);
        for (let cell = 0; cell < cells; cell += 1) {
          const verdict = VERDICTS[cell % VERDICTS.length];
          const reason = verdict === 'inconclusive' ? 'disturbed' : '';
          const status = STATUSES[Math.floor(cell / VERDICTS.length) % STATUSES.length];
          const caller = CALLERS[Math.floor(cell / VERDICTS.length / STATUSES.length) % CALLERS.length];
          insert.cell.run(period, verdict, reason, status, caller, perCell);
          insert.shape.run(period, `?p${cell % SHAPES}`, verdict, perCell);
        }
        for (let path = 0; path < PATHS; path += 1) insert.difference.run(period, 'value', `body.f${path}`, path, 1);
        for (let bucket = 0; bucket < BUCKETS; bucket += 1)
          for (const side of ['legacy', 'engine']) insert.latency.run(period, side, bucket, perCell);
        for (let rule = 0; rule < 20; rule += 1) insert.pass.run(period, 'equivalence', `rule ${rule}`, 5, 1);
        for (const status of STATUSES) insert.seen.run(id, 'read-status', status, 5, Date.now());
        if (age > 0) continue;
        for (let pair = 0; pair < PAIRS; pair += 1) {
          const kept = insert.pair.run(period, id, `s${pair % PATHS}`).lastInsertRowid;
          for (const path of [pair % PATHS, (pair + 1) % PATHS]) insert.path.run(kept, 'value', `body.f${path}`);
        }
      }
  });
  fill.immediate();
  return Number(
    database
      .prepare('SELECT (SELECT count(*) FROM comparison_cells) + (SELECT count(*) FROM comparison_shapes)')
      .pluck()
      .get(),
  );
}
