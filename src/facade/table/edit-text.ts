/** Edits of a YAML text at the positions that the parser gave, in flow and in block style. Knows nothing of tables. */
import { isMap, isScalar, isSeq, type Pair, Scalar, type YAMLMap } from 'yaml';
import { TableError } from './table-error.js';

/** Replaces the characters from `start` up to `end`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** @param edits that do not overlap */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((edited, { start, end, text: added }) => edited.slice(0, start) + added + edited.slice(end), text);
}

export function replaceScalar(pair: Pair, value: string): TextEdit {
  const node = pair.value;
  if (!isScalar(node) || node.range == null) throw new TableError('edit_impossible');
  const quoted =
    node.type === Scalar.QUOTE_DOUBLE ? `"${value}"` : node.type === Scalar.QUOTE_SINGLE ? `'${value}'` : value;
  return { start: node.range[0], end: node.range[1], text: quoted };
}

/** In block style on a line of its own. */
export function insertAfter(text: string, map: YAMLMap, pair: Pair, key: string, value: string): TextEdit {
  const end = valueEnd(pair);
  if (map.flow === true) return { start: end, end, text: `, ${key}: ${value}` };
  // After the rest of the line, so that a comment stays with the value it is about.
  const lineEnd = text.indexOf('\n', end);
  const at = lineEnd === -1 ? text.length : text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
  return { start: at, end: at, text: `${lineBreak(text)}${indentOf(text, pair)}${key}: ${value}` };
}

export function insertFirst(text: string, map: YAMLMap, entries: readonly (readonly [string, string])[]): TextEdit {
  const first = map.items[0];
  const texts = entries.map(([key, value]) => `${key}: ${value}`);
  if (first === undefined) {
    const [start, end] = required(map.range);
    return { start, end, text: `{ ${texts.join(', ')} }` };
  }
  const start = keyStart(first);
  const between = map.flow === true ? ', ' : lineBreak(text) + indentOf(text, first);
  return { start, end: start, text: texts.map((entry) => entry + between).join('') };
}

export function keyStart({ key }: Pair): number {
  return required(isScalar(key) ? key.range : undefined)[0];
}

export function valueEnd({ value }: Pair): number {
  return required(isScalar(value) || isMap(value) || isSeq(value) ? value.range : undefined)[1];
}

/** White space up to the column of a key, which in a list's entry stands after the dash. */
function indentOf(text: string, pair: Pair): string {
  const start = keyStart(pair);
  return ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
}

export function lineBreak(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

export function required<T>(value: T | null | undefined): T {
  if (value == null) throw new TableError('edit_impossible');
  return value;
}
