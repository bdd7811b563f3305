/**
 * Replaces a `devices` table of before GUIDs by the present one, as the legacy does at its start (engine-facts 8). A running
 * legacy has done it already, so an old table means that none is running on this file.
 */
import { LEGACY_TABLES } from './legacy-schema.js';
import { SchemaError } from './schema-error.js';

/** What a migration needs of a connection whose write lock is held. */
export interface MigrationConnection {
  exec(sql: string): void;
  all<Row>(sql: string, ...values: (string | number | null)[]): Row[];
  run(sql: string, ...values: (string | number | null)[]): number;
}

interface Column {
  readonly name: string;
  /** 0, or the place in the primary key. */
  readonly pk: number;
}

/**
 * @param newGuid for rows that have none
 * @returns what was changed
 * @throws SchemaError rather than lose a column or a row
 */
export function rebuildDevices(connection: MigrationConnection, newGuid: () => string): readonly string[] {
  const columns = connection.all<Column>("SELECT name, pk FROM pragma_table_info('devices')");
  const key = columns.filter(({ pk }) => pk > 0).map(({ name }) => name);
  if (columns.length === 0 || (key.length === 1 && key[0] === 'guid')) return [];
  const table = LEGACY_TABLES.find(({ name }) => name === 'devices');
  if (table === undefined) throw new TypeError('the schema has no table devices');
  const known = new Set(table.parts.map((part) => part.slice(0, part.indexOf(' '))));
  const kept = columns.map(({ name }) => name).filter((name) => known.has(name));
  refuseLosses(connection, columns, known);
  connection.exec('ALTER TABLE devices RENAME TO devices_legacy');
  // Indexes go with the renamed table and keep their names, which the new ones need.
  for (const { name } of connection.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'devices_legacy' AND sql IS NOT NULL",
  ))
    connection.exec(`DROP INDEX "${name}"`);
  connection.exec(`CREATE TABLE devices (${table.parts.join(', ')})`);
  copyRows(connection, kept, newGuid);
  connection.exec('DROP TABLE devices_legacy');
  return ['table devices (rebuilt)'];
}

function refuseLosses(connection: MigrationConnection, columns: readonly Column[], known: ReadonlySet<string>): void {
  const unknown = columns.map(({ name }) => name).filter((name) => !known.has(name) && name !== 'id');
  if (unknown.length > 0)
    throw new SchemaError(
      `table devices has an old primary key and columns that the present schema lacks (${unknown.join(', ')}): start the legacy once, or remove these columns`,
    );
  for (const column of ['guid', 'hostname']) {
    if (!columns.some(({ name }) => name === column)) continue;
    const [twice] = connection.all<{ value: string }>(
      `SELECT TRIM(${column}) AS value FROM devices WHERE TRIM(COALESCE(${column}, '')) <> '' GROUP BY TRIM(${column}) HAVING COUNT(*) > 1 LIMIT 1`,
    );
    if (twice !== undefined)
      throw new SchemaError(`table devices has two rows of one ${column} (${twice.value}): expected each once`);
  }
}

function copyRows(connection: MigrationConnection, kept: readonly string[], newGuid: () => string): void {
  const list = kept.join(', ');
  const without = kept.filter((name) => name !== 'guid');
  const guid = kept.includes('guid') ? "TRIM(COALESCE(guid, ''))" : "''";
  const rows = connection.all<{ row: number; guid: string }>(
    `SELECT rowid AS row, ${guid} AS guid FROM devices_legacy`,
  );
  const rest = without.length > 0 ? `, ${without.join(', ')}` : '';
  for (const row of rows)
    connection.run(
      `INSERT INTO devices (guid${rest}) SELECT ?${rest} FROM devices_legacy WHERE rowid = ?`,
      row.guid === '' ? newGuid() : row.guid,
      row.row,
    );
  connection.exec(
    "UPDATE devices SET token_version = COALESCE(token_version, 1), status = COALESCE(NULLIF(status, ''), 'active')",
  );
  if (!list.includes('key_added_at'))
    connection.exec(
      "UPDATE devices SET key_added_at = strftime('%Y-%m-%dT%H:%M:%S+00:00', COALESCE(created_at, strftime('%s', 'now')), 'unixepoch')",
    );
}
