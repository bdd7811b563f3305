/** Python's `int()` of a JSON value. */

import { trimmed } from './python-text.js';
import { PythonFloat, type PythonValue } from './python-value.js';

/** Digits that Python converts at most; longer texts fail, since the work grows with the square. */
export const MOST_INT_DIGITS = 4300;
const NUMERAL = /^([+-]?)(\p{Nd}+(?:_\p{Nd}+)*)$/u;
const DIGIT = /^\p{Nd}$/u;

/**
 * Numbers cut towards zero, `true` 1, `false` 0; of texts a sign, digits of any script, single underscores between them,
 * blanks around.
 * @returns undefined where Python raises: other texts, null, lists, objects, NaN, infinities
 */
export function integerOf(value: PythonValue | undefined): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (value instanceof PythonFloat) return Number.isFinite(value.value) ? BigInt(Math.trunc(value.value)) : undefined;
  return typeof value === 'string' ? integerOfText(value) : undefined;
}

function integerOfText(text: string): bigint | undefined {
  // `int()` does not take for blanks what `strip()` does: the information separators.
  if ([...text].some((ch) => ch >= '\x1c' && ch <= '\x1f')) return undefined;
  const [, sign = '', numeral] = NUMERAL.exec(trimmed(text)) ?? [];
  if (numeral === undefined) return undefined;
  const digits = [...numeral.replaceAll('_', '')].map(digitValue).join('');
  if (digits.length > MOST_INT_DIGITS) return undefined;
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

/** Decimal digits come in unbroken runs of ten; a few runs touch. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  if (code < 0x80) return code - 0x30;
  let start = code;
  while (DIGIT.test(String.fromCodePoint(start - 1))) start -= 1;
  return (code - start) % 10;
}
