/**
 * Records, on one connection, which rows its open transaction changes: temporary triggers keep each changed row as it was first.
 * Rows and record vanish together when the transaction is rolled back; the file never learns of either.
 */
import { cellBytes, sameCells, toEffectRow } from '../../../legacy-bridge/effects/column-value.js';
import type { RowChange } from '../../../legacy-bridge/effects/effects.js';
import { quoted, readTableShapes, type TableShape } from '../../../legacy-bridge/effects/table-shape.js';
import type { SqliteConnection, SqlValue } from './sqlite-connection.js';

export interface RecordLimits {
  /** Changed rows that are told. */
  readonly mostRows: number;
  /** Bytes of them, before and after together. */
  readonly mostBytes: number;
}

export interface RowRecord {
  readonly rows: readonly RowChange[];
  /** Tables that can't be recorded. */
  readonly unseen: readonly string[];
}

interface RecordedTable extends TableShape {
  /** The temporary table of first states. */
  readonly log: string;
  readonly read: string;
}

const SCHEMA_VERSION = 'PRAGMA main.schema_version';

export class RowRecorder {
  readonly #connection: SqliteConnection;
  #schemaVersion: number | undefined;
  #tables: readonly RecordedTable[] = [];
  #unseen: readonly string[] = [];

  /** @param connection its triggers fire for no other */
  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    connection.exec('PRAGMA temp_store = MEMORY');
    // Otherwise rows that INSERT OR REPLACE pushes out would go unrecorded.
    connection.exec('PRAGMA recursive_triggers = ON');
  }

  /** Whether the triggers are those of the schema as it is now; any process may have changed it. */
  get current(): boolean {
    return this.#schemaVersion === this.#versionNow();
  }

  /** Makes the triggers of the present schema. Not within a transaction, with which they would go. */
  prepare(): void {
    const version = this.#versionNow();
    if (version === this.#schemaVersion) return;
    this.#schemaVersion = undefined;
    for (const [at] of this.#tables.entries()) this.#connection.exec(dropSql(at));
    const { tables, unseen } = readTableShapes(this.#connection);
    this.#tables = tables.map(recorded);
    this.#unseen = unseen;
    for (const [at, table] of this.#tables.entries()) this.#connection.exec(createSql(table, at));
    this.#schemaVersion = version;
  }

  /** Net changes of the open transaction, by table and rowid. @returns undefined beyond the limits */
  read({ mostRows, mostBytes }: RecordLimits): RowRecord | undefined {
    const rows: RowChange[] = [];
    let bytes = 0;
    for (const table of this.#tables) {
      const [[count = 0n] = []] = this.#connection.cells(`SELECT count(*) FROM temp.${table.log}`);
      if (count === 0n) continue;
      if (Number(count) > mostRows - rows.length) return undefined;
      for (const cells of this.#connection.cells(table.read)) {
        bytes += cells.reduce((sum: number, cell) => sum + cellBytes(cell), 0);
        if (bytes > mostBytes) return undefined;
        const change = changeOf(table, cells);
        if (change !== undefined) rows.push(change);
      }
    }
    return { rows, unseen: this.#unseen };
  }

  #versionNow(): number {
    return this.#connection.get<{ schema_version: number }>(SCHEMA_VERSION)?.schema_version ?? 0;
  }
}

function recorded(shape: TableShape, at: number): RecordedTable {
  const before = shape.columns.map((_column, place) => `b.c${place}`);
  const after = shape.columns.map((column) => `m.${quoted(column)}`);
  const log = `dry_before_${at}`;
  const read = `
    SELECT b.row_id, b.existed, m.${shape.rowId} IS NOT NULL, ${[...before, ...after].join(', ')}
    FROM temp.${log} b LEFT JOIN main.${quoted(shape.name)} m ON m.${shape.rowId} = b.row_id ORDER BY b.row_id`;
  return { ...shape, log, read };
}

/** Columns of the log have no type, so that values stay as they are. */
function createSql({ name, rowId, columns, log }: RecordedTable, at: number): string {
  const places = columns.map((_column, place) => `c${place}`).join(', ');
  const old = columns.map((column) => `OLD.${quoted(column)}`).join(', ');
  const table = `main.${quoted(name)}`;
  const unlessKnown = (row: string) => `WHERE NOT EXISTS (SELECT 1 FROM ${log} WHERE row_id = ${row}.${rowId})`;
  const keepOld = `
    INSERT INTO ${log} (row_id, existed, ${places}) SELECT OLD.${rowId}, 1, ${old} ${unlessKnown('OLD')};`;
  const keepNew = `
    INSERT INTO ${log} (row_id, existed) SELECT NEW.${rowId}, 0 ${unlessKnown('NEW')};`;
  return `
    CREATE TEMP TABLE ${log} (row_id INTEGER PRIMARY KEY, existed INTEGER NOT NULL, ${places});
    CREATE TEMP TRIGGER dry_insert_${at} AFTER INSERT ON ${table} BEGIN ${keepNew} END;
    CREATE TEMP TRIGGER dry_update_${at} AFTER UPDATE ON ${table} BEGIN ${keepOld} ${keepNew} END;
    CREATE TEMP TRIGGER dry_delete_${at} AFTER DELETE ON ${table} BEGIN ${keepOld} END;`;
}

function dropSql(at: number): string {
  const triggers = ['insert', 'update', 'delete'].map((when) => `DROP TRIGGER IF EXISTS temp.dry_${when}_${at};`);
  return `${triggers.join('')} DROP TABLE IF EXISTS temp.dry_before_${at};`;
}

/** A row that is again as it was, or that came and went, is no change. */
function changeOf({ name, columns }: RecordedTable, cells: readonly SqlValue[]): RowChange | undefined {
  const [rowId, existed, exists] = cells;
  const before = cells.slice(3, 3 + columns.length);
  const after = cells.slice(3 + columns.length);
  const key = { table: name, rowId: Number(rowId) };
  const told = (values: readonly SqlValue[]) => toEffectRow(columns, values);
  if (existed === 0n)
    return exists === 0n ? undefined : { ...key, change: 'insert', before: undefined, after: told(after) };
  if (exists === 0n) return { ...key, change: 'delete', before: told(before), after: undefined };
  return sameCells(before, after) ? undefined : { ...key, change: 'update', before: told(before), after: told(after) };
}
