/** The write lock of a database in the hands of somebody else: a backup, a person with a shell. */
import Database from 'better-sqlite3';
import { isBusy } from '../../src/engine/repositories/sqlite/retry-while-busy.js';

export class StrangersLock {
  readonly #db: Database.Database;
  #until: number | undefined;

  constructor(file: string) {
    this.#db = new Database(file, { timeout: 0 });
  }

  get isHeld(): boolean {
    return this.#until !== undefined;
  }

  /** @param until on a clock that nobody sets @returns false when another has it */
  take(until: number): boolean {
    if (this.isHeld) return true;
    try {
      this.#db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
    this.#until = until;
    return true;
  }

  /** @param elapsed on the same clock */
  look(elapsed: number): void {
    if (this.#until !== undefined && elapsed >= this.#until) this.release();
  }

  release(): void {
    if (this.#until !== undefined) this.#db.exec('ROLLBACK');
    this.#until = undefined;
  }

  close(): void {
    this.#db.close();
  }
}
