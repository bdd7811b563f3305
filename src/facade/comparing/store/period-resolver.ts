/** From a subject to its period: the newest one while the subject stays, a new one when it has changed. */
import type { Database, Statement } from 'better-sqlite3';
import type { SubjectBatch } from './comparison-batch.js';
import type { EvidenceSubject } from './evidence.js';

export interface PeriodRow {
  readonly id: number;
  readonly row: string;
  readonly answered_by: 'legacy' | 'engine';
  readonly rules: string;
  readonly build: string;
  readonly started_at: number;
  readonly last_at: number;
}

export class PeriodResolver {
  readonly #newest: Statement<[string], PeriodRow>;
  readonly #same: Statement<[EvidenceSubject], PeriodRow>;
  readonly #insert: Statement<[EvidenceSubject & { at: number }]>;
  readonly #touch: Statement<[number, number, number]>;

  constructor(database: Database) {
    this.#newest = database.prepare('SELECT * FROM comparison_periods WHERE row = ? ORDER BY id DESC LIMIT 1');
    this.#same = database.prepare(
      `SELECT * FROM comparison_periods
       WHERE row = :row AND answered_by = :answeredBy AND rules = :rules AND build = :build ORDER BY id DESC LIMIT 1`,
    );
    this.#insert = database.prepare(
      `INSERT INTO comparison_periods (row, answered_by, rules, build, started_at, last_at)
       VALUES (:row, :answeredBy, :rules, :build, :at, :at)`,
    );
    this.#touch = database.prepare(
      'UPDATE comparison_periods SET last_at = max(last_at, ?), started_at = min(started_at, ?) WHERE id = ?',
    );
  }

  /** Within a write transaction. Late arrivals go to the period that they belong to, and end no other. */
  resolve({
    subject,
    current,
    firstAt,
    lastAt,
  }: Pick<SubjectBatch, 'subject' | 'current' | 'firstAt' | 'lastAt'>): number {
    const newest = this.#newest.get(subject.row);
    const known =
      newest !== undefined && isOf(newest, subject) ? newest : current ? undefined : this.#same.get(subject);
    const id = known?.id ?? Number(this.#insert.run({ ...subject, at: firstAt }).lastInsertRowid);
    this.#touch.run(lastAt, firstAt, id);
    return id;
  }

  newestOf(row: string): PeriodRow | undefined {
    return this.#newest.get(row);
  }
}

export function isOf(period: PeriodRow, { answeredBy, rules, build }: Omit<EvidenceSubject, 'row'>): boolean {
  return period.answered_by === answeredBy && period.rules === rules && period.build === build;
}
