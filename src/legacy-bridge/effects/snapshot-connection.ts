/**
 * One connection that sees the database twice: `before` as it was when the snapshot was taken, `main` as it is when it is first
 * looked at. Reads only. Synchronous: lives in a thread of its own.
 */
import Database from 'better-sqlite3';
import type { DatabaseIdentity } from '../database/database-identity.js';
import type { SqlCell } from './column-value.js';
import { EffectsError } from './effects-error.js';
import { checkSnapshotFile } from './snapshot-file.js';
import { readTableShapes, type TableShapes } from './table-shape.js';

/** A lock of the whole file, as in a recovery, is over in a moment or not soon. */
const BUSY_MS = 50;

export class SnapshotConnection {
  readonly identity: DatabaseIdentity;
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #shapes: TableShapes | undefined;
  #schemaVersion: unknown;

  /** @throws EffectsError */
  constructor(file: string) {
    this.identity = checkSnapshotFile(file);
    this.#db = translated(() => new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_MS }));
    try {
      translated(() => {
        this.#db.pragma('query_only = ON');
        if (this.#db.pragma('journal_mode', { simple: true }) !== 'wal')
          throw new EffectsError(
            'database_not_wal',
            `${file} is not in WAL mode: a snapshot would lock its writers out`,
          );
        // One file under two names: each has a snapshot of its own.
        this.#db.prepare('ATTACH ? AS before').run(file);
        this.shapes();
      });
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** Takes the snapshot `before`. @throws EffectsError */
  begin(): void {
    translated(() => {
      this.#statement('BEGIN').run();
      this.#statement('SELECT 1 FROM before.sqlite_schema LIMIT 1').all();
    });
  }

  /** Fixes what `main` is seen as, until the end. @throws SqliteError */
  look(): void {
    this.#statement('SELECT 1 FROM main.sqlite_schema LIMIT 1').all();
  }

  /** Lets both snapshots go. */
  end(): void {
    if (this.#db.inTransaction) this.#statement('ROLLBACK').run();
  }

  /** The tables as they are in `main`; undefined when they were others in `before`, so that rows can't be compared. */
  shapes(): TableShapes | undefined {
    const version = this.#db.pragma('main.schema_version', { simple: true });
    if (this.#shapes === undefined || this.#schemaVersion !== version) {
      this.#statements.clear();
      this.#shapes = readTableShapes({ all: (sql, ...values) => this.#db.prepare(sql).all(...values) as never });
      this.#schemaVersion = version;
    }
    return this.#db.pragma('before.schema_version', { simple: true }) === version ? this.#shapes : undefined;
  }

  /** Rows as lists of cells. */
  cells(sql: string, ...values: SqlCell[]): SqlCell[][] {
    return this.#statement(sql)
      .raw()
      .safeIntegers()
      .all(...values) as SqlCell[][];
  }

  close(): void {
    this.#db.close();
  }

  #statement(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const prepared = this.#db.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

/** Turns SQLite's failures into codes. */
export function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    const code = /^SQLITE_(BUSY|LOCKED)/.test(error.code) ? 'database_locked' : 'database_unreadable';
    throw new EffectsError(code, `${error.code} ${error.message}`, { cause: error });
  }
}
