/** Removes what is too old or too much, in steps that are short enough for the facade's own writes to wait. */
import type { Database } from 'better-sqlite3';
import type { EvidenceLimits } from './evidence-limits.js';

const DAY_MS = 86_400_000;
/** Pairs that one step removes at most. */
const STEP = 50;
/** Free pages given back in one step: about a megabyte. */
const PAGES = 256;

const CHILDREN = [
  'comparison_cells',
  'comparison_shapes',
  'comparison_differences',
  'comparison_latencies',
  'comparison_passes',
  'comparison_drops',
  'comparison_unseen',
];

/** @returns whether there is more to do */
export function sweep(database: Database, limits: EvidenceLimits, now: number): boolean {
  const before = now - limits.days * DAY_MS;
  const pairs = removePairs(database, limits, before);
  const periods = removePeriods(database, before);
  database.prepare('DELETE FROM comparison_seen WHERE last_at < ?').run(before);
  const free = freePages(database);
  database.pragma(`incremental_vacuum(${PAGES})`);
  return pairs || periods || (freePages(database) > PAGES && freePages(database) < free);
}

function freePages(database: Database): number {
  return Number(database.pragma('freelist_count', { simple: true }));
}

function removePairs(database: Database, { megabytes }: EvidenceLimits, before: number): boolean {
  const old = database
    .prepare<[number, number], number>('SELECT id FROM comparison_pairs WHERE at < ? LIMIT ?')
    .pluck();
  const oldest = database.prepare<[number], { id: number; bytes: number }>(
    'SELECT id, bytes FROM comparison_pairs ORDER BY id LIMIT ?',
  );
  const total = Number(database.prepare('SELECT coalesce(sum(bytes), 0) FROM comparison_pairs').pluck().get());
  const ids = new Set(old.all(before, STEP));
  let excess = total - megabytes * 1_000_000;
  for (const { id, bytes } of excess > 0 ? oldest.all(STEP) : []) {
    if (excess <= 0) break;
    ids.add(id);
    excess -= bytes;
  }
  const remove = database.transaction(() => {
    for (const id of ids) {
      database.prepare('DELETE FROM comparison_pairs WHERE id = ?').run(id);
      database.prepare('DELETE FROM comparison_pair_paths WHERE pair = ?').run(id);
    }
  });
  if (ids.size > 0) remove.immediate();
  return ids.size >= STEP || excess > 0;
}

/** The newest period of a row stays, however old: it may still be in force. */
function removePeriods(database: Database, before: number): boolean {
  const ended = database
    .prepare<[number], number>(
      `SELECT id FROM comparison_periods AS one WHERE last_at < ?
         AND id < (SELECT max(id) FROM comparison_periods WHERE row = one.row) LIMIT 5`,
    )
    .pluck()
    .all(before);
  const remove = database.transaction(() => {
    for (const id of ended) {
      for (const table of CHILDREN) database.prepare(`DELETE FROM ${table} WHERE period = ?`).run(id);
      database.prepare('DELETE FROM comparison_periods WHERE id = ?').run(id);
    }
  });
  if (ended.length > 0) remove.immediate();
  return ended.length > 0;
}
