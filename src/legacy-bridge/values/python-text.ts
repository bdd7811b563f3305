/** Python's text forms: `str()`, `repr()` and `strip()` of JSON values. */
import { cutEnds } from './cut-ends.js';
import { isPythonObject, PythonFloat, type PythonValue } from './python-value.js';

/** White space beyond ASCII; U+2000 to U+200A are a range of their own. */
const WIDE_SPACE: ReadonlySet<number> = new Set([0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000]);

/** Both ends without Unicode white space. */
export function trimmed(text: string): string {
  return cutEnds(text, isSpace);
}

/** Without any of that white space, wherever it stands. */
export function withoutSpace(text: string): string {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (at < text.length && !isSpace(text.charCodeAt(at))) continue;
    if (at > start) parts.push(text.slice(start, at));
    start = at + 1;
  }
  return parts.join('');
}

/** What `str.strip()` removes: Unicode white space and the four information separators. */
function isSpace(code: number): boolean {
  if (code <= 0x20) return code >= 0x1c || (code >= 0x09 && code <= 0x0d);
  return code > 0x7f && ((code >= 0x2000 && code <= 0x200a) || WIDE_SPACE.has(code));
}

/** `str(value)`: `True`, `None`, `1000.0`, `['a', 1]`; a string is itself. */
export function textOf(value: PythonValue): string {
  return typeof value === 'string' ? value : representation(value);
}

/** `repr(value)`. */
function representation(value: PythonValue): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof PythonFloat) return floatText(value.value);
  if (isPythonObject(value))
    return `{${[...value].map(([key, item]) => `${quoted(key)}: ${representation(item)}`).join(', ')}}`;
  return `[${value.map(representation).join(', ')}]`;
}

/** Single quotes, unless the text holds one and no double quote. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const ch of text) out += escaped(ch, quote);
  return out + quote;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** What Python does not print: controls, format characters, lone surrogates, private and unassigned ones, all blanks but one. */
const UNPRINTABLE = /^[\p{C}\p{Z}]$/u;

function escaped(ch: string, quote: string): string {
  if (ch === quote) return `\\${ch}`;
  const short = SHORT_ESCAPES[ch];
  if (short !== undefined) return short;
  if (ch === ' ' || !UNPRINTABLE.test(ch)) return ch;
  const code = ch.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** `repr()` of a float: the shortest digits that read back, an exponent below 1e-4 and from 1e16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + positiveFloatText(Math.abs(value));
}

function positiveFloatText(value: number): string {
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}
