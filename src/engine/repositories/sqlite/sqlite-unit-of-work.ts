/**
 * The unit of work of a live request: reads on one connection, writes one after the other on another. Nothing else in the
 * engine opens a transaction.
 */
import { EngineError } from '../../domain/engine-error.js';
import type { Repositories, UnitOfWork } from '../unit-of-work.js';
import { databaseError } from './database-error.js';
import { type BusyRetry, retryWhileBusy } from './retry-while-busy.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { sqliteRepositories } from './sqlite-repositories.js';
import type { WriteTurns } from './write-turns.js';

/** Writes that may wait for each other; more means that the database has stood still for long. */
const MOST_WAITING = 1000;

export class SqliteUnitOfWork implements UnitOfWork {
  readonly #writer: SqliteConnection;
  readonly #retry: BusyRetry;
  readonly #reading: Repositories;
  readonly #writing: Repositories;
  readonly #turns: WriteTurns;

  constructor(reader: SqliteConnection, writer: SqliteConnection, turns: WriteTurns, retry: BusyRetry) {
    this.#writer = writer;
    this.#turns = turns;
    this.#retry = retry;
    this.#reading = sqliteRepositories(reader);
    this.#writing = sqliteRepositories(writer);
  }

  async read<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    try {
      return await retryWhileBusy(() => work(this.#reading), this.#retry);
    } catch (error) {
      throw databaseError(error);
    }
  }

  async write<T>(work: (repositories: Repositories) => Promise<T>): Promise<T> {
    if (this.#turns.waiting >= MOST_WAITING) throw new EngineError('database_busy', { retryAfterSeconds: 5 });
    const startedAt = this.#retry.monotonic();
    const endTurn = await this.#turns.take();
    try {
      return await this.#transaction(work, startedAt);
    } catch (error) {
      throw databaseError(error);
    } finally {
      endTurn();
    }
  }

  async #transaction<T>(work: (repositories: Repositories) => Promise<T>, startedAt: number): Promise<T> {
    // IMMEDIATE: a transaction that begins by reading could not become a writing one after the legacy's next commit.
    await retryWhileBusy(() => this.#writer.run('BEGIN IMMEDIATE'), this.#retry, startedAt);
    try {
      const result = await work(this.#writing);
      await retryWhileBusy(() => this.#writer.run('COMMIT'), this.#retry, startedAt);
      return result;
    } catch (error) {
      // Some failures, such as a full disk, have rolled back already.
      if (this.#writer.inTransaction) this.#writer.run('ROLLBACK');
      throw error;
    }
  }
}
