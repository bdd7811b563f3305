/** JSON as the legacy stores it in columns: Python's `json.dumps`, whose blanks and order its rows show (operators 1.4). */
import { floatText } from './python-text.js';
import { isPythonObject, PythonFloat, type PythonValue } from './python-value.js';

/** `", "` and `": "` between parts, keys as they came, ASCII only, `NaN` and `Infinity` as words. */
export function storedJson(value: PythonValue): string {
  if (typeof value === 'string') return asciiJson(value);
  if (value instanceof PythonFloat) return floatWord(value.value);
  if (value === null || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (isPythonObject(value))
    return `{${[...value].map(([key, item]) => `${asciiJson(key)}: ${storedJson(item)}`).join(', ')}}`;
  return `[${value.map(storedJson).join(', ')}]`;
}

/** JSON.stringify escapes lone surrogates and the controls before the blank by itself. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (ch) => `\\u${ch.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function floatWord(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return floatText(value);
}
