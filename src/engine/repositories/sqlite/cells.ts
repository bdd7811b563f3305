/** What stands in a cell, read as the legacy reads it: a column's type binds nobody. */
import type { SqlValue } from './sqlite-connection.js';

/** Fractions are cut; null for what is no number. */
export function integerCell(cell: SqlValue | undefined): bigint | null {
  if (typeof cell === 'bigint') return cell;
  return typeof cell === 'number' && Number.isFinite(cell) ? BigInt(Math.trunc(cell)) : null;
}

/** Numbers in digits; empty for null. */
export function textCell(cell: SqlValue | undefined): string {
  if (cell === null || cell === undefined) return '';
  return Buffer.isBuffer(cell) ? cell.toString('utf8') : String(cell);
}

/** Python's truth. */
export function truthCell(cell: SqlValue | undefined): boolean {
  if (cell === null || cell === undefined) return false;
  return Buffer.isBuffer(cell) ? cell.length > 0 : cell !== '' && Number(cell) !== 0;
}
