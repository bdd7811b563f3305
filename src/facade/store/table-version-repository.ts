/** Versions of the migration table in facade.db. Append-only. */
import type { Database, Statement } from 'better-sqlite3';
import type { StageChange, TableVersion } from '../table/migration-table-store.js';
import type { NewTableVersion, TableHistory } from '../table/table-history.js';

interface VersionRow extends Omit<TableVersion, 'changes'> {
  readonly changes: string;
}

const COLUMNS = 'version, at, who, why, cause, changes, diff, digest';

export class TableVersionRepository implements TableHistory {
  readonly #database: Database;
  readonly #list: Statement<[number], VersionRow>;
  readonly #textOf: Statement<[number], { readonly text: string }>;
  readonly #insert: Statement<[Omit<NewTableVersion, 'changes'> & { changes: string }]>;

  constructor(database: Database) {
    this.#database = database;
    this.#list = database.prepare(`SELECT ${COLUMNS} FROM table_versions ORDER BY version DESC LIMIT ?`);
    this.#textOf = database.prepare('SELECT text FROM table_versions WHERE version = ?');
    this.#insert = database.prepare(
      `INSERT INTO table_versions (${COLUMNS}, text)
       VALUES (:version, :at, :who, :why, :cause, :changes, :diff, :digest, :text)`,
    );
  }

  newest(): TableVersion | undefined {
    return this.list(1)[0];
  }

  list(limit: number): readonly TableVersion[] {
    return this.#list.all(limit).map((row) => ({ ...row, changes: JSON.parse(row.changes) as StageChange[] }));
  }

  textOf(version: number): string | undefined {
    return this.#textOf.get(version)?.text;
  }

  append(version: NewTableVersion, publish: () => void = () => {}): void {
    const keep = this.#database.transaction(() => {
      this.#insert.run({ ...version, changes: JSON.stringify(version.changes) });
      publish();
    });
    keep.immediate();
  }
}
