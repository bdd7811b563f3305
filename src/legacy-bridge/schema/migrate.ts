/**
 * Brings a database to the shared schema: creates missing tables and indexes, adds missing columns. Additive and
 * repeatable; whatever else is there stays. The caller holds the write lock, so that the legacy's own start can't
 * come between a look and a change.
 */
import { LEGACY_INDEXES, LEGACY_TABLES, type LegacyIndex, type LegacyTable } from './legacy-schema.js';
import { type MigrationConnection, rebuildDevices } from './rebuild-devices.js';

export interface MigrationReport {
  /** What was changed, in order: `table devices`, `column users.mfa_secret`, `index idx_da_status`. */
  readonly changes: readonly string[];
  /** Unique indexes that existing rows contradict; the legacy works without them too. */
  readonly skipped: readonly string[];
}

/** @throws SchemaError when an old `devices` table holds what the new one can't */
export function migrate(connection: MigrationConnection, newGuid: () => string): MigrationReport {
  const changes: string[] = [];
  const skipped: string[] = [];
  changes.push(...rebuildDevices(connection, newGuid));
  for (const table of LEGACY_TABLES) changes.push(...completeTable(connection, table));
  for (const index of LEGACY_INDEXES) {
    if (hasObject(connection, 'index', index.name)) continue;
    if (createIndex(connection, index)) changes.push(`index ${index.name}`);
    else skipped.push(`index ${index.name}`);
  }
  return { changes, skipped };
}

function completeTable(connection: MigrationConnection, table: LegacyTable): readonly string[] {
  if (!hasObject(connection, 'table', table.name)) {
    connection.exec(createTableSql(table));
    return [`table ${table.name}`];
  }
  const present = new Set(columnsOf(connection, table.name));
  const missing = table.parts.filter((part) => !isConstraint(part) && !present.has(columnName(part)));
  for (const part of missing) connection.exec(`ALTER TABLE ${table.name} ADD COLUMN ${part}`);
  return missing.map((part) => `column ${table.name}.${columnName(part)}`);
}

export function createTableSql({ name, parts }: LegacyTable): string {
  return `CREATE TABLE ${name} (${parts.join(', ')})`;
}

function createIndex(connection: MigrationConnection, { name, unique, table, columns }: LegacyIndex): boolean {
  const list = columns.join(', ');
  if (unique && hasDuplicates(connection, table, columns)) return false;
  connection.exec(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${name} ON ${table}(${list})`);
  return true;
}

function hasDuplicates(connection: MigrationConnection, table: string, columns: readonly string[]): boolean {
  const present = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const list = columns.join(', ');
  return (
    connection.all(`SELECT 1 FROM ${table} WHERE ${present} GROUP BY ${list} HAVING COUNT(*) > 1 LIMIT 1`).length > 0
  );
}

function hasObject(connection: MigrationConnection, type: 'table' | 'index', name: string): boolean {
  return connection.all('SELECT 1 FROM sqlite_master WHERE type = ? AND name = ?', type, name).length > 0;
}

function columnsOf(connection: MigrationConnection, table: string): readonly string[] {
  return connection.all<{ name: string }>('SELECT name FROM pragma_table_info(?)', table).map(({ name }) => name);
}

function isConstraint(part: string): boolean {
  return part.startsWith('FOREIGN KEY');
}

function columnName(part: string): string {
  return part.slice(0, part.indexOf(' '));
}
