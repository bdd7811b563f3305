/** Opens the migration table: a good one comes into force, a bad one is refused with all that is wrong with it. */
import type { Log } from '../logging/log.js';
import { LiveTable } from './live-table.js';
import type { MigrationTableStore, TableProblem } from './migration-table-store.js';
import type { TableHistory } from './table-history.js';
import type { TableSnapshot } from './table-snapshot.js';
import type { TableValidator } from './validators/table-validator.js';

export interface MigrationTableOptions {
  /** Path of the table file. */
  readonly file: string;
  readonly history: TableHistory;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How often the file is looked at when no event tells of a change, in milliseconds. */
  readonly pollMs: number;
  /** Rules of this installation, which tables keep besides those of the format, at the start too. Default: none. */
  readonly rules?: readonly TableValidator[];
  /**
   * Asked before a changed table comes into force, by flip, rollback or edit; not at the start. Answers with why it must
   * not, as a sentence for an operator. What is forced may go without what only time brings. Default: every valid table may.
   */
  readonly guard?: (next: TableSnapshot, previous: TableSnapshot, forced: boolean) => Promise<string | undefined>;
  /**
   * Asked likewise, but not of what is forced: why rows must not move forward yet, as a sentence. Default: they may.
   */
  readonly holds?: (next: TableSnapshot, previous: TableSnapshot) => string | undefined;
  /** Told when the file on disk begins not to be in force, once for each of its contents. */
  readonly onRejected?: (problems: readonly TableProblem[]) => void;
}

/** @throws TableError `table_invalid` with every problem, `table_unreadable` */
export async function openMigrationTable(options: MigrationTableOptions): Promise<MigrationTableStore> {
  return LiveTable.open(options);
}
