/** Whole comparisons in facade.db, within their bounds per row. Part of the worker's write transactions. */
import type { Database, Statement } from 'better-sqlite3';
import type { NewPair } from './comparison-batch.js';
import type { EvidenceLimits } from './evidence-limits.js';

/** With one that is added: a limit that was lowered is reached step by step, since the facade's own writes wait meanwhile. */
const MOST_REMOVED = 20;

export class PairKeeper {
  readonly #limits: EvidenceLimits;
  readonly #insert: Statement;
  readonly #insertPath: Statement;
  readonly #countMismatches: Statement<[string], number>;
  readonly #countOthers: Statement<[string], number>;
  readonly #leastNeeded: Statement<[string, string], number>;
  readonly #oldestOther: Statement<[string], number>;
  readonly #delete: Statement<[number]>;
  readonly #deletePaths: Statement<[number]>;

  constructor(database: Database, limits: EvidenceLimits) {
    this.#limits = limits;
    this.#insert = database.prepare(
      `INSERT INTO comparison_pairs (period, row, at, verdict, signature, method, target, status, bytes, document)
       VALUES (:period, :row, :at, :verdict, :signature, :method, :target, :status, :bytes, :document)`,
    );
    this.#insertPath = database.prepare('INSERT OR IGNORE INTO comparison_pair_paths VALUES (?, ?, ?)');
    this.#countMismatches = database
      .prepare<[string], number>("SELECT count(*) FROM comparison_pairs WHERE row = ? AND verdict = 'mismatch'")
      .pluck();
    this.#countOthers = database
      .prepare<[string], number>("SELECT count(*) FROM comparison_pairs WHERE row = ? AND verdict <> 'mismatch'")
      .pluck();
    this.#leastNeeded = database
      .prepare<[string, string], number>(
        `SELECT min(id) FROM comparison_pairs WHERE row = ? AND verdict = 'mismatch' AND signature = (
           SELECT signature FROM comparison_pairs WHERE row = ? AND verdict = 'mismatch'
           GROUP BY signature ORDER BY count(*) DESC, min(id) LIMIT 1)`,
      )
      .pluck();
    this.#oldestOther = database
      .prepare<[string], number>("SELECT min(id) FROM comparison_pairs WHERE row = ? AND verdict <> 'mismatch'")
      .pluck();
    this.#delete = database.prepare('DELETE FROM comparison_pairs WHERE id = ?');
    this.#deletePaths = database.prepare('DELETE FROM comparison_pair_paths WHERE pair = ?');
  }

  keep(row: string, period: number, { differences, ...pair }: NewPair, document: Buffer): void {
    const { at, verdict, signature, method, target, status } = pair;
    const bytes = document.length;
    const inserted = this.#insert.run({
      ...{ period, row, at, verdict, signature, method, target, status, bytes, document },
    });
    for (const { kind, path } of differences) this.#insertPath.run(inserted.lastInsertRowid, kind, path);
    const { mismatchesPerRow, matchesPerRow } = this.#limits;
    if (verdict === 'mismatch')
      this.#makeRoom((this.#countMismatches.get(row) ?? 0) - mismatchesPerRow, () => this.#leastNeeded.get(row, row));
    else this.#makeRoom((this.#countOthers.get(row) ?? 0) - matchesPerRow, () => this.#oldestOther.get(row));
  }

  /**
   * A kind of mismatch that comes all the time must not push out one that came once.
   * @param excess more than one where the limit was lowered
   */
  #makeRoom(excess: number, next: () => number | undefined): void {
    for (let removed = 0; removed < Math.min(excess, MOST_REMOVED); removed += 1) this.remove(next());
  }

  remove(id: number | undefined): void {
    if (id === undefined) return;
    this.#delete.run(id);
    this.#deletePaths.run(id);
  }
}
