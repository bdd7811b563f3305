/** What the guard needs after a restart: rows that are held back, and what is known of the legacy's own failures. */
import type { Database, Statement } from 'better-sqlite3';
import type { GuardMemory, HoldDown, LegacyRecord } from '../guard/hold-down.js';

export class GuardRepository implements GuardMemory {
  readonly #database: Database;
  readonly #holds: Statement<[], HoldDown>;
  readonly #keepHold: Statement<[HoldDown]>;
  readonly #dropHold: Statement<[string]>;
  readonly #records: Statement<[], LegacyRecord>;
  readonly #keepRecord: Statement<[LegacyRecord]>;

  constructor(database: Database) {
    this.#database = database;
    this.#holds = database.prepare(
      `SELECT target, row, cause, evidence, from_stage AS "from", to_stage AS "to", moved_at AS movedAt, until
       FROM guard_holds ORDER BY moved_at`,
    );
    this.#keepHold = database.prepare(
      `INSERT OR REPLACE INTO guard_holds (target, row, cause, evidence, from_stage, to_stage, moved_at, until)
       VALUES (:target, :row, :cause, :evidence, :from, :to, :movedAt, :until)`,
    );
    this.#dropHold = database.prepare('DELETE FROM guard_holds WHERE target = ?');
    this.#records = database.prepare('SELECT row, requests, errors, timeouts FROM guard_records');
    this.#keepRecord = database.prepare(
      `INSERT OR REPLACE INTO guard_records (row, requests, errors, timeouts)
       VALUES (:row, :requests, :errors, :timeouts)`,
    );
  }

  listHolds(): readonly HoldDown[] {
    return this.#holds.all();
  }

  keepHold(hold: HoldDown): void {
    this.#keepHold.run(hold);
  }

  dropHold(target: string): void {
    this.#dropHold.run(target);
  }

  listRecords(): readonly LegacyRecord[] {
    return this.#records.all();
  }

  keepRecords(records: readonly LegacyRecord[]): void {
    const keep = this.#database.transaction(() => {
      for (const record of records) this.#keepRecord.run(record);
    });
    keep.immediate();
  }
}
