/**
 * The connection that dry runs write on, one after the other. Between two of them it refuses to write; none of its transactions
 * is ever committed. Opened with the first dry run that writes.
 */
import type { NotRunReason } from '../../../legacy-bridge/effects/dry-run-protocol.js';
import { EngineError } from '../../domain/engine-error.js';
import type { DryRunDatabase, DryRunUnitOfWork } from '../dry-run-unit-of-work.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { isBusy, retryWhileBusy } from './retry-while-busy.js';
import { type RecordLimits, RowRecorder } from './row-recorder.js';
import { type Lease, openSqlite, type SqliteConnection } from './sqlite-connection.js';
import { SqliteDryRun } from './sqlite-dry-run.js';
import type { EndTurn, WriteTurns } from './write-turns.js';

export interface DryRunLimits extends RecordLimits {
  /** Longest wait for the engine's own writes and for another process's lock, in milliseconds. */
  readonly waitMs: number;
  /** Longest time that the database is held, in milliseconds. */
  readonly holdMs: number;
}

export interface DryRunDatabaseOptions {
  readonly path: string;
  /** Reads what is committed. */
  readonly committed: Pick<UnitOfWork, 'read'>;
  readonly turns: WriteTurns;
  readonly limits: DryRunLimits;
  readonly monotonic: () => number;
  readonly jitter: () => number;
}

/** An open transaction. */
export interface DryRunTransaction {
  readonly lease: Lease;
  readonly recorder: RowRecorder;
  /** Undoes everything and ends the turn. */
  rollBack(): void;
}

export interface NoTransaction {
  readonly reason: NotRunReason;
  /** For the log. */
  readonly cause: unknown;
}

interface OpenConnection {
  readonly connection: SqliteConnection;
  readonly recorder: RowRecorder;
}

/** Triggers are made before the transaction; the schema may change in between. */
const SCHEMA_ATTEMPTS = 3;

export class SqliteDryRunDatabase implements DryRunDatabase {
  readonly #options: DryRunDatabaseOptions;
  #open: OpenConnection | undefined;
  #closed = false;

  constructor(options: DryRunDatabaseOptions) {
    this.#options = options;
  }

  begin(): DryRunUnitOfWork {
    const { committed, limits, monotonic } = this.#options;
    return new SqliteDryRun({ committed, limits, monotonic, start: () => this.#start() });
  }

  close(): void {
    this.#closed = true;
    this.#discard();
  }

  /** @returns the transaction, or why there is none */
  async #start(): Promise<DryRunTransaction | NoTransaction> {
    const { turns, limits, monotonic } = this.#options;
    const startedAt = monotonic();
    const endTurn = await turns.takeDry(limits.waitMs);
    if (endTurn === undefined) return { reason: 'database_busy', cause: 'the engine itself was writing' };
    try {
      return await this.#transaction(endTurn, startedAt);
    } catch (cause) {
      if (this.#open !== undefined) this.#rollBack(this.#open.connection);
      endTurn();
      if (isBusy(cause)) return { reason: 'database_busy', cause };
      this.#discard();
      return { reason: 'database_unavailable', cause };
    }
  }

  async #transaction(endTurn: EndTurn, startedAt: number): Promise<DryRunTransaction> {
    const { connection, recorder } = await this.#opened(startedAt);
    const patience = { ...this.#options, deadlineMs: this.#options.limits.waitMs };
    for (let attempt = 1; ; attempt += 1) {
      connection.run('PRAGMA query_only = OFF');
      await retryWhileBusy(() => recorder.prepare(), patience, startedAt);
      await retryWhileBusy(() => connection.run('BEGIN IMMEDIATE'), patience, startedAt);
      if (recorder.current || attempt === SCHEMA_ATTEMPTS) break;
      this.#rollBack(connection);
    }
    const lease = connection.lease();
    const rollBack = (): void => {
      lease.takeBack();
      this.#rollBack(connection);
      endTurn();
    };
    return { lease, recorder, rollBack };
  }

  async #opened(startedAt: number): Promise<OpenConnection> {
    const { path, limits, monotonic, jitter } = this.#options;
    if (this.#open !== undefined) return this.#open;
    const deadlineMs = limits.waitMs - (monotonic() - startedAt);
    const connection = await openSqlite(path, 'write', { deadlineMs, monotonic, jitter });
    if (this.#closed) {
      connection.close();
      throw new EngineError('database_unavailable', { cause: 'the engine is stopping' });
    }
    // Pages that outgrow the cache would be written to the WAL before their end is known.
    connection.exec('PRAGMA cache_spill = OFF');
    this.#open = { connection, recorder: new RowRecorder(connection) };
    return this.#open;
  }

  /** A connection that can't roll back is closed, which does as much. */
  #rollBack(connection: SqliteConnection): void {
    try {
      if (connection.inTransaction) connection.run('ROLLBACK');
      connection.run('PRAGMA query_only = ON');
    } catch {
      this.#discard();
    }
  }

  #discard(): void {
    this.#open?.connection.close();
    this.#open = undefined;
  }
}
