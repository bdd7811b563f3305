/** The tables whose rows are effects: every one of the database except SQLite's and the engine's own. */

/** A table whose rows can be told by rowid. */
export interface TableShape {
  readonly name: string;
  /** A name of the rowid that no column takes. */
  readonly rowId: string;
  readonly columns: readonly string[];
  /** Columns of the primary key and of each unique index; a key that is the rowid itself is left out. */
  readonly keys: readonly (readonly string[])[];
}

export interface TableShapes {
  readonly tables: readonly TableShape[];
  /** Names of tables without rowids, and of virtual ones. */
  readonly unseen: readonly string[];
}

/** What reading the schema needs of a connection. */
export interface SchemaConnection {
  all<Row>(sql: string, ...values: string[]): Row[];
}

const TABLES = `
  SELECT name, type, wr AS withoutRowId FROM pragma_table_list
  WHERE schema = 'main' AND type IN ('table', 'virtual')
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'engine\\_%' ESCAPE '\\'
  ORDER BY name`;
const COLUMNS = "SELECT name, type, pk FROM pragma_table_xinfo(?, 'main') WHERE hidden <> 1 ORDER BY cid";
const UNIQUE_INDEXES = 'SELECT name FROM pragma_index_list(?, \'main\') WHERE "unique" = 1 AND partial = 0';
const INDEX_COLUMNS = "SELECT name FROM pragma_index_info(?, 'main') ORDER BY seqno";
const ROW_ID_NAMES = ['_rowid_', 'rowid', 'oid'];

export function readTableShapes(connection: SchemaConnection): TableShapes {
  const tables: TableShape[] = [];
  const unseen: string[] = [];
  for (const { name, type, withoutRowId } of connection.all<TableLine>(TABLES)) {
    const shape = type === 'table' && withoutRowId === 0 ? shapeOf(connection, name) : undefined;
    if (shape === undefined) unseen.push(name);
    else tables.push(shape);
  }
  return { tables, unseen };
}

/** An identifier as SQL text. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

interface TableLine {
  readonly name: string;
  readonly type: string;
  readonly withoutRowId: number;
}

interface ColumnLine {
  readonly name: string;
  readonly type: string;
  /** Place in the primary key, from 1; 0 outside it. */
  readonly pk: number;
}

function shapeOf(connection: SchemaConnection, name: string): TableShape | undefined {
  const lines = connection.all<ColumnLine>(COLUMNS, name);
  const taken = new Set(lines.map((line) => line.name.toLowerCase()));
  const rowId = ROW_ID_NAMES.find((candidate) => !taken.has(candidate));
  if (rowId === undefined) return undefined;
  return { name, rowId, columns: lines.map((line) => line.name), keys: keysOf(connection, name) };
}

/** An INTEGER PRIMARY KEY has no index: it is the rowid. */
function keysOf(connection: SchemaConnection, table: string): readonly (readonly string[])[] {
  return connection
    .all<{ name: string }>(UNIQUE_INDEXES, table)
    .map((index) => connection.all<{ name: string | null }>(INDEX_COLUMNS, index.name).map((column) => column.name))
    .filter((columns): columns is string[] => columns.every((column) => column !== null));
}
