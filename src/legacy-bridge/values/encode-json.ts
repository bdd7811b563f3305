/** JSON in the legacy's form: no blanks, keys sorted by code point, every character outside ASCII escaped. */

import { floatText } from './python-text.js';
import { isPythonObject, PythonFloat, type PythonValue } from './python-value.js';

/** What a route may answer: Python values, and plain objects with plain numbers. */
export type JsonAnswer =
  | PythonValue
  | number
  | undefined
  | readonly JsonAnswer[]
  | { readonly [key: string]: JsonAnswer };

/**
 * Plain numbers without a fraction are written as integers; fields that are undefined are left out.
 * @throws TypeError on integers that a plain number can't hold exactly
 */
export function encodeJson(value: JsonAnswer): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return encodeText(value);
  if (typeof value === 'number') return encodeNumber(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof PythonFloat) return encodeFloat(value.value);
  if (isList(value)) return `[${value.map(encodeJson).join(',')}]`;
  const entries = isMap(value) ? [...value] : Object.entries(value);
  return encodeObject(entries);
}

function encodeObject(entries: readonly (readonly [string, JsonAnswer])[]): string {
  const parts = entries
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => compareByCodePoint(a, b))
    .map(([key, item]) => `${encodeText(key)}:${encodeJson(item)}`);
  return `{${parts.join(',')}}`;
}

function encodeText(text: string): string {
  // JSON.stringify escapes lone surrogates and the controls before the blank.
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (ch) => `\\u${ch.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function encodeNumber(value: number): string {
  if (!Number.isInteger(value)) return encodeFloat(value);
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no exact integer: use a bigint`);
  return String(value);
}

function encodeFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return floatText(value);
}

/** Python compares texts by code point, JavaScript by UTF-16 unit: they differ beyond the basic plane. */
function compareByCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  const left = [...a];
  const right = [...b];
  for (const [index, ch] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (ch !== other) return (ch.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
  }
  return -1;
}

function isList(value: JsonAnswer): value is readonly JsonAnswer[] {
  return Array.isArray(value);
}

function isMap(value: JsonAnswer): value is ReadonlyMap<string, PythonValue> {
  return isPythonObject(value as PythonValue);
}
