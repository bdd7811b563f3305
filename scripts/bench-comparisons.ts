// How soon `facade compare` answers with the counts of ten million comparisons over eighty rows in facade.db, through the real
// admin API; and what a recorded comparison costs the facade's own thread.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { rulesDigest } from '../src/facade/comparing/store/rules-digest.js';
import { startAdmin } from '../test/facade/admin/admin-fixture.js';
import { comparisonOf, openStore, ROW, resultOf } from '../test/facade/comparing/store/store-fixture.js';
import { fillComparisons } from '../test/kit/many-comparisons.js';

const COMPARISONS = 10_000_000;
const ROWS = 80;
const ASKED = 20;
const RECORDED = 20_000;

const admin = await startAdmin(tableOf(ROWS));
try {
  const { routes } = admin.table.current();
  const [first] = routes;
  if (first === undefined) throw new TypeError('no rows');
  const database = new Database(join(admin.directory, 'facade.db'));
  const subject = { rules: rulesDigest(first.compare), build: admin.state.build };
  const cells = fillComparisons(
    database,
    routes.map(({ id }) => id),
    { comparisons: COMPARISONS, earlier: 1 },
    subject,
  ); // prettier-ignore
  database.close();
  const times: number[] = [];
  for (let asked = 0; asked <= ASKED; asked += 1) {
    const startedAt = performance.now();
    const { status } = await admin.call('GET', '/comparisons');
    if (status !== 200) throw new Error(`status ${status}`);
    // The first one starts the store's thread.
    if (asked > 0) times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  console.log(
    `compare, ${COMPARISONS / 1e6} million comparisons, ${ROWS} rows, ${cells} cells: p50 ${at(times, 0.5)} ms, worst ${at(times, 1)} ms (wanted: under 200)`,
  );
} finally {
  await admin.close();
}

const directory = await mkdtemp(join(tmpdir(), 'bench-comparisons-'));
const open = openStore({ directory });
try {
  const input = comparisonOf({ row: ROW, at: Date.now() });
  const result = resultOf({});
  const startedAt = performance.now();
  for (let recorded = 0; recorded < RECORDED; recorded += 1) open.store.record(input, result);
  console.log(
    `record, a match: ${(((performance.now() - startedAt) / RECORDED) * 1000).toFixed(1)} µs each on the facade's thread`,
  );
  await open.store.flush();
} finally {
  await open.close();
  await rm(directory, { recursive: true });
}

function at(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
}

function tableOf(rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_none, row) => `  - { id: row-${row}, match: GET /r/${row}, stage: shadow }`,
  );
  return `version: 1\nroutes:\n${lines.join('\n')}\n`;
}
