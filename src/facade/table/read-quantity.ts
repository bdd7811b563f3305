/** Reads quantities that are written with their unit: `2%`, `60s`. */
import { type FieldReader, found, type RawField } from './field-reader.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 366 * 86_400_000;

/** @returns 0 to 100 */
export function readPercentage(reader: FieldReader, raw: RawField, decimals: number): number | undefined {
  const expected = 'a percentage such as 100%';
  const text = reader.text(raw, expected);
  if (text === undefined) return undefined;
  const [, digits = '', fraction = ''] = /^(\d{1,3})(?:\.(\d+))?%$/.exec(text) ?? [];
  const value = Number(`${digits}.${fraction || '0'}`);
  if (digits !== '' && fraction.length <= decimals && value <= 100) return value;
  reader.problems.add(raw, `expected ${expected}, with at most ${decimals} decimals (found ${found(raw.node)})`);
  return undefined;
}

/** @returns milliseconds */
export function readDuration(reader: FieldReader, raw: RawField): number | undefined {
  const expected = 'a duration such as 250ms, 60s, 15m or 24h';
  const text = reader.text(raw, expected);
  if (text === undefined) return undefined;
  const [, number, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const value = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (value <= LONGEST_MS) return value;
  reader.problems.add(raw, `expected ${expected} (found ${found(raw.node)})`);
  return undefined;
}
