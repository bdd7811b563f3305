/** One connection to the shared database, set up so that both processes see one behaviour. Keeps its prepared statements. */
import Database from 'better-sqlite3';
import { EngineError } from '../../domain/engine-error.js';
import { type BusyRetry, retryWhileBusy } from './retry-while-busy.js';

export type SqlValue = string | number | bigint | Buffer | null;

/** The same connection for a while: once taken back, it refuses every statement. */
export interface Lease {
  readonly connection: SqliteConnection;
  takeBack(): void;
}

export class SqliteConnection {
  readonly #db: Database.Database;
  readonly #statements: Map<string, Database.Statement<SqlValue[]>>;
  readonly #lease: { over: boolean };

  constructor(db: Database.Database, statements = new Map<string, Database.Statement<SqlValue[]>>()) {
    this.#db = db;
    this.#statements = statements;
    this.#lease = { over: false };
  }

  /** For work that may go on after its transaction has been rolled back: what it still writes must not be kept. */
  lease(): Lease {
    const connection = new SqliteConnection(this.#db, this.#statements);
    return {
      connection,
      takeBack: () => {
        connection.#lease.over = true;
      },
    };
  }

  /** Rows of a query. The row type is the query's promise. */
  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  /** @returns rows changed */
  run(sql: string, ...values: SqlValue[]): number {
    return this.#statement(sql).run(...values).changes;
  }

  /** Rows as lists, with every integer as a bigint. */
  cells(sql: string, ...values: SqlValue[]): SqlValue[][] {
    return this.#statement(sql, CELLS)
      .raw()
      .safeIntegers()
      .all(...values) as SqlValue[][];
  }

  /** Statements without values or rows, several at a time. */
  exec(sql: string): void {
    this.#refuseAfterLease();
    this.#db.exec(sql);
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #statement(sql: string, form = ''): Database.Statement<SqlValue[]> {
    this.#refuseAfterLease();
    const key = `${form}${sql}`;
    const known = this.#statements.get(key);
    if (known !== undefined) return known;
    const prepared = this.#db.prepare<SqlValue[]>(sql);
    this.#statements.set(key, prepared);
    return prepared;
  }

  #refuseAfterLease(): void {
    if (this.#lease.over) throw new EngineError('database_busy', { cause: 'a statement after its transaction' });
  }
}

/** Keeps statements that answer in cells apart from the same text that answers in rows. */
const CELLS = '-- cells\n';

/**
 * Opens the file, creating it when absent, with the legacy's pragmas (operators 1.4).
 * @param use `read` refuses every write
 */
export async function openSqlite(file: string, use: 'read' | 'write', retry: BusyRetry): Promise<SqliteConnection> {
  // timeout is SQLite's own synchronous wait: none, see retry-while-busy.
  const db = new Database(file, { timeout: 0 });
  try {
    await retryWhileBusy(() => {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      // better-sqlite3 turns them on; with them the engine would cascade and refuse where the legacy does neither.
      db.pragma('foreign_keys = OFF');
      if (use === 'read') db.pragma('query_only = ON');
    }, retry);
  } catch (error) {
    db.close();
    throw error;
  }
  return new SqliteConnection(db);
}

/** Version of the SQLite library in this process. */
export function sqliteVersion(connection: SqliteConnection): string {
  return connection.get<{ version: string }>('SELECT sqlite_version() AS version')?.version ?? '';
}

/**
 * Whether this version may write a WAL file together with another process: those before 3.51.3 can corrupt it
 * (https://www.sqlite.org/wal.html#walresetbug).
 */
export function writesWalSafely(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major * 1_000_000 + minor * 1000 + patch >= 3_051_003;
}
