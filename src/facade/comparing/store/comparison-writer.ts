/** Writes batches of comparisons into facade.db, each in one short transaction. Runs in the store's worker. */
import { gzipSync } from 'node:zlib';
import type { Database, Statement } from 'better-sqlite3';
import type { ComparisonBatch, DropCount, NewPair, SubjectBatch } from './comparison-batch.js';
import type { EvidenceLimits } from './evidence-limits.js';
import { PairKeeper } from './pair-keeper.js';
import { PeriodResolver } from './period-resolver.js';

/** Distinct values per period, beyond which new ones count as `OTHER`: clients choose parameters, so there is no end of them. */
const MOST_SHAPES = 64;
const MOST_PATHS = 300;
const MOST_RULES = 300;
const MOST_UNSEEN = 100;
export const OTHER = 'other';

export class ComparisonWriter {
  readonly #database: Database;
  readonly #periods: PeriodResolver;
  readonly #pairs: PairKeeper;
  readonly #shapes: KnownValues;
  readonly #paths: KnownValues;
  readonly #rules: KnownValues;
  readonly #unseenWords: KnownValues;
  readonly #cell: Statement;
  readonly #shape: Statement;
  readonly #difference: Statement;
  readonly #latency: Statement;
  readonly #pass: Statement;
  readonly #unseen: Statement;
  readonly #drop: Statement;
  readonly #seen: Statement;

  constructor(database: Database, limits: EvidenceLimits) {
    this.#database = database;
    this.#periods = new PeriodResolver(database);
    this.#pairs = new PairKeeper(database, limits);
    this.#shapes = new KnownValues(
      database,
      'SELECT DISTINCT shape FROM comparison_shapes WHERE period = ?',
      MOST_SHAPES,
    );
    this.#paths = new KnownValues(
      database,
      'SELECT DISTINCT path FROM comparison_differences WHERE period = ?',
      MOST_PATHS,
    );
    this.#rules = new KnownValues(database, 'SELECT DISTINCT rule FROM comparison_passes WHERE period = ?', MOST_RULES);
    this.#unseenWords = new KnownValues(
      database,
      'SELECT DISTINCT what FROM comparison_unseen WHERE period = ?',
      MOST_UNSEEN,
    );
    this.#cell = database.prepare(
      `INSERT INTO comparison_cells VALUES (:period, :verdict, :reason, :status, :caller, :count)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    );
    this.#shape = database.prepare(
      `INSERT INTO comparison_shapes VALUES (:period, :shape, :verdict, :count)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    );
    this.#difference = database.prepare(
      `INSERT INTO comparison_differences VALUES (:period, :kind, :path, :count, :lastAt)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)`,
    );
    this.#latency = database.prepare(
      `INSERT INTO comparison_latencies VALUES (:period, :side, :bucket, :count)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    );
    this.#pass = database.prepare(
      `INSERT INTO comparison_passes VALUES (:period, :by, :rule, :count, :lastAt)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)`,
    );
    this.#unseen = database.prepare(
      `INSERT INTO comparison_unseen VALUES (:period, :what, :count, :lastAt)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)`,
    );
    this.#drop = database.prepare(
      `INSERT INTO comparison_drops VALUES (:row, :period, :reason, :count, :lastAt)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)`,
    );
    this.#seen = database.prepare(
      `INSERT INTO comparison_seen VALUES (:row, :what, :value, :count, :lastAt)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)`,
    );
  }

  /** All of the batch, or nothing of it. @throws SqliteError */
  write(batch: ComparisonBatch): void {
    // Compressed before the transaction, which keeps the facade's own writes waiting.
    const documents = new Map(
      batch.subjects.flatMap(({ pairs }) => pairs.map((pair) => [pair, gzipSync(pair.document)] as const)),
    );
    const step = this.#database.transaction(() => {
      for (const subject of batch.subjects) this.#writeSubject(subject, documents);
      for (const drop of batch.drops) this.#writeDrop(drop);
      for (const seen of batch.seen) this.#seen.run(seen);
    });
    try {
      step.immediate();
    } catch (error) {
      // They may tell of values that were rolled back.
      for (const known of [this.#shapes, this.#paths, this.#rules, this.#unseenWords]) known.forget();
      throw error;
    }
  }

  /** An engine that was given up belongs into its histogram: what is left there would be those that were fast enough. */
  #writeDrop({ engineBucket, ...drop }: DropCount): void {
    const period = this.#periods.newestOf(drop.row)?.id ?? 0;
    this.#drop.run({ ...drop, period });
    if (engineBucket !== undefined && period !== 0)
      this.#latency.run({ period, side: 'engine', bucket: engineBucket, count: drop.count });
  }

  #writeSubject(batch: SubjectBatch, documents: ReadonlyMap<NewPair, Buffer>): void {
    const period = this.#periods.resolve(batch);
    for (const cell of batch.cells) this.#cell.run({ ...cell, period });
    for (const shape of batch.shapes)
      this.#shape.run({ ...shape, period, shape: this.#shapes.bounded(period, shape.shape) });
    for (const difference of batch.differences)
      this.#difference.run({ ...difference, period, path: this.#paths.bounded(period, difference.path) });
    for (const latency of batch.latencies) this.#latency.run({ ...latency, period });
    for (const pass of batch.passes) this.#pass.run({ ...pass, period, rule: this.#rules.bounded(period, pass.rule) });
    for (const one of batch.unseen)
      this.#unseen.run({ ...one, period, what: this.#unseenWords.bounded(period, one.what) });
    for (const pair of batch.pairs) {
      const document = documents.get(pair);
      if (document !== undefined) this.#pairs.keep(batch.subject.row, period, pair, document);
    }
  }
}

/** Values that a period has; new ones are let in up to a bound. */
class KnownValues {
  readonly #load: Statement<[number], string>;
  readonly #most: number;
  readonly #byPeriod = new Map<number, Set<string>>();

  constructor(database: Database, sql: string, most: number) {
    this.#load = database.prepare<[number], string>(sql).pluck();
    this.#most = most;
  }

  bounded(period: number, value: string): string {
    let known = this.#byPeriod.get(period);
    if (known === undefined) {
      known = new Set(this.#load.all(period));
      // Ended periods are not written to any more.
      if (this.#byPeriod.size > MOST_PERIODS) this.#byPeriod.clear();
      this.#byPeriod.set(period, known);
    }
    if (known.has(value)) return value;
    if (known.size >= this.#most) return OTHER;
    known.add(value);
    return value;
  }

  forget(): void {
    this.#byPeriod.clear();
  }
}

const MOST_PERIODS = 1000;
