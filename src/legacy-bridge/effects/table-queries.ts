/**
 * The queries by which a table is compared between its two snapshots. All but `row`, `rowBytes`, `count` and `bytes` give
 * rowids; those of changes take how many at most.
 */
import { quoted, type TableShape } from './table-shape.js';

export interface TableQueries {
  readonly before: SnapshotQueries;
  readonly main: SnapshotQueries;
  /** Rows whose columns differ, with a rowid above the first and at most the second. */
  readonly changed: string;
  /** The last of so many rows with a rowid above the first. */
  readonly stepEnd: string;
  readonly added: string;
  readonly gone: string;
  /** New rows at the end of the table, its last row before, and the last row gone: what little costs nothing. */
  readonly atEnd: readonly string[];
  /** Bytes of all rows, about; reads no long values. */
  readonly bytes: string;
}

export interface SnapshotQueries {
  /** Cells of the row with the rowid. */
  readonly row: string;
  /** Bytes of the row with the rowid, about; reads no long values. */
  readonly rowBytes: string;
  /** Rows with the values of each unique key. */
  readonly byKey: readonly string[];
  /** Number of rows, up to the number given. */
  readonly count: string;
}

export function tableQueries({ name, rowId, columns, keys }: TableShape): TableQueries {
  const before = `before.${quoted(name)}`;
  const main = `main.${quoted(name)}`;
  // Without the collation a change of case would go unseen in a column that ignores case.
  const differ = columns.map((column) => `a.${quoted(column)} COLLATE BINARY IS NOT b.${quoted(column)}`);
  const bytes = columns.map((column) => `coalesce(octet_length(${quoted(column)}), 0)`);
  const missing = (from: string, other: string): string =>
    `SELECT a.${rowId} FROM ${from} a WHERE NOT EXISTS (SELECT 1 FROM ${other} b WHERE b.${rowId} = a.${rowId}) LIMIT ?`;
  const snapshot = (table: string): SnapshotQueries => ({
    row: `SELECT ${columns.map(quoted).join(', ')} FROM ${table} WHERE ${rowId} = ?`,
    rowBytes: `SELECT ${bytes.join(' + ')} FROM ${table} WHERE ${rowId} = ?`,
    byKey: keys.map(
      (key) => `SELECT ${rowId} FROM ${table} WHERE ${key.map((column) => `${quoted(column)} = ?`).join(' AND ')}`,
    ),
    count: `SELECT count(*) FROM (SELECT 1 FROM ${table} LIMIT ?)`,
  });
  return {
    before: snapshot(before),
    main: snapshot(main),
    changed: `SELECT a.${rowId} FROM ${main} a JOIN ${before} b ON b.${rowId} = a.${rowId} WHERE a.${rowId} > ? AND a.${rowId} <= ? AND (${differ.join(' OR ')}) LIMIT ?`,
    stepEnd: `SELECT max(r) FROM (SELECT ${rowId} AS r FROM ${main} WHERE ${rowId} > ? ORDER BY ${rowId} LIMIT ?)`,
    added: missing(main, before),
    gone: missing(before, main),
    atEnd: [
      `SELECT ${rowId} FROM ${main} WHERE ${rowId} >= (SELECT max(${rowId}) FROM ${before}) LIMIT ?`,
      `SELECT max(${rowId}) FROM ${before} HAVING count(*) > 0 LIMIT ?`,
    ],
    bytes: `SELECT total(${bytes.join(' + ')}) FROM ${main}`,
  };
}
