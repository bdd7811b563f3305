/** Columns as SQLite hands them out, with integers as bigints, and as effects tell them. Pure. */
import type { ColumnValue, EffectRow } from './effects.js';

export type SqlCell = string | number | bigint | Buffer | null;

/** Keeps what JSON would lose: large integers, bytes, and whether a number is an integer or a real. */
export function toColumnValue(cell: SqlCell): ColumnValue {
  if (typeof cell === 'bigint') {
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : { integer: String(cell) };
  }
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) return { real: String(cell) };
    return Number.isInteger(cell) ? { real: Object.is(cell, -0) ? '-0.0' : realText(cell) } : cell;
  }
  return Buffer.isBuffer(cell) ? { blob: cell.toString('base64') } : cell;
}

export function toEffectRow(columns: readonly string[], cells: readonly SqlCell[]): EffectRow {
  return Object.fromEntries(columns.map((column, at) => [column, toColumnValue(cells[at] ?? null)]));
}

export function sameCells(one: readonly SqlCell[], other: readonly SqlCell[]): boolean {
  return one.every((cell, at) => sameCell(cell, other[at] ?? null));
}

/** Whether two told rows have the same columns and values. */
export function sameRows(one: EffectRow, other: EffectRow): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => name in other && JSON.stringify(one[name]) === JSON.stringify(other[name]))
  );
}

/** Bytes that a cell takes, about. */
export function cellBytes(cell: SqlCell): number {
  return typeof cell === 'string' || Buffer.isBuffer(cell) ? cell.length : 8;
}

function sameCell(one: SqlCell, other: SqlCell): boolean {
  return Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : one === other;
}

function realText(whole: number): string {
  const text = String(whole);
  return text.includes('e') ? text : `${text}.0`;
}
