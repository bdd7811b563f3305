/** Reads whole comparisons out of facade.db. Runs in the store's worker. Writes nothing. */
import { gunzipSync } from 'node:zlib';
import type { Database, Statement } from 'better-sqlite3';
import type { Verdict } from '../comparison.js';
import type { KeptPair, PairFilter, PairSummary, StoredPair } from './kept-pair.js';

interface PairRow {
  readonly id: number;
  readonly row: string;
  readonly at: number;
  readonly verdict: Verdict;
  readonly method: string;
  readonly target: string;
  readonly status: number;
}

interface WholeRow extends PairRow {
  readonly document: Buffer;
}

/** Of the documents of one page: some milliseconds of work for whoever hands it on. */
const MOST_CHARACTERS = 2_000_000;
const COLUMNS = 'id, row, at, verdict, method, target, status';

export class PairReader {
  readonly #database: Database;
  readonly #one: Statement<[number], WholeRow>;
  readonly #paths: Statement<[number], { readonly kind: string; readonly path: string }>;

  constructor(database: Database) {
    this.#database = database;
    this.#one = database.prepare(`SELECT ${COLUMNS}, document FROM comparison_pairs WHERE id = ?`);
    this.#paths = database.prepare('SELECT kind, path FROM comparison_pair_paths WHERE pair = ?');
  }

  /** Newest first, or from `after` on. */
  list(filter: PairFilter): readonly PairSummary[] {
    return this.#rows(filter, COLUMNS).map((row) => this.#summary(row as PairRow));
  }

  /** The same, whole. Fewer than asked for where they are large, but one at least: a page is written where traffic is served. */
  listWhole(filter: PairFilter): readonly StoredPair[] {
    const pairs: StoredPair[] = [];
    let characters = 0;
    for (const row of this.#rows(filter, `${COLUMNS}, document`)) {
      const text = gunzipSync((row as WholeRow).document).toString('utf8');
      characters += text.length;
      if (pairs.length > 0 && characters > MOST_CHARACTERS) break;
      pairs.push(this.#whole(row as WholeRow, text));
    }
    return pairs;
  }

  pair(id: number): StoredPair | undefined {
    const row = this.#one.get(id);
    return row && this.#whole(row, gunzipSync(row.document).toString('utf8'));
  }

  #rows({ row, verdict, path, after, limit }: PairFilter, columns: string): unknown[] {
    const conditions = [
      ...(row === undefined ? [] : ['row = :row']),
      ...(verdict === undefined ? [] : ['verdict = :verdict']),
      ...(after === undefined ? [] : ['id > :after']),
      ...(path === undefined
        ? []
        : ['id IN (SELECT pair FROM comparison_pair_paths WHERE substr(path, 1, length(:path)) = :path)']),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const order = after === undefined ? 'DESC' : 'ASC';
    return this.#database
      .prepare(`SELECT ${columns} FROM comparison_pairs ${where} ORDER BY id ${order} LIMIT :limit`)
      .all(
        Object.fromEntries(
          Object.entries({ row, verdict, path, after, limit }).filter(([, value]) => value !== undefined),
        ),
      );
  }

  #whole(row: PairRow, document: string): StoredPair {
    return { ...this.#summary(row), pair: JSON.parse(document) as KeptPair };
  }

  #summary({ id, row, at, verdict, method, target, status }: PairRow): PairSummary {
    const differences = this.#paths.all(id);
    return { id, row, at: new Date(at).toISOString(), verdict, method, target, status, differences };
  }
}
