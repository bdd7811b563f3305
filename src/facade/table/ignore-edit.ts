/** Writes an ignore rule into a table's text, touching nothing else. What it makes of the text is checked by the caller. */
import { isMap, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import type { CheckedTable } from './check-table.js';
import { applyEdits, insertAfter, lineBreak, type TextEdit } from './edit-text.js';
import type { IgnoreRequest } from './migration-table-store.js';
import { stagedConfig } from './plan-flip.js';
import { pairOf } from './table-document.js';
import { TableError } from './table-error.js';

/**
 * @returns the new text
 * @throws TableError `unknown_target`, `nothing_to_change`, `edit_impossible`
 */
export function addIgnore(table: CheckedTable, request: IgnoreRequest): string {
  const { target, path } = request;
  const config = stagedConfig(table, target);
  if (config === undefined) throw new TableError('unknown_target', `No row or group is called ${target}.`);
  if (config.evidence.compare.ignore?.some((rule) => rule.path === path))
    throw new TableError('nothing_to_change', `${target} ignores ${path} already; change that rule in the file.`);
  return applyEdits(table.text, [ignoreEdit(table.text, config.node, ruleText(request))]);
}

/** In flow style and quoted, which every style of file can hold. */
function ruleText({ path, why, owner, expires }: IgnoreRequest): string {
  const quoted = Object.entries({ path, why, owner }).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `{ ${quoted.join(', ')}, expires: ${expires} }`;
}

function ignoreEdit(text: string, row: YAMLMap, rule: string): TextEdit {
  const compare = pairOf(row, 'compare');
  if (compare === undefined) return insertAfter(text, row, lastPair(row), 'compare', `{ ignore: [${rule}] }`);
  if (!isMap(compare.value)) throw new TableError('edit_impossible');
  const ignore = pairOf(compare.value, 'ignore');
  if (ignore !== undefined) return isSeq(ignore.value) ? appendTo(text, ignore.value, rule) : impossible();
  if (compare.value.items.length > 0)
    return insertAfter(text, compare.value, lastPair(compare.value), 'ignore', `[${rule}]`);
  const [start, end] = compare.value.range ?? impossible();
  return { start, end, text: `{ ignore: [${rule}] }` };
}

/** A scalar, or a node in flow style, ends where the text of its key does; one in block style would take the next key in. */
function lastPair(map: YAMLMap): Pair {
  const pairs = map.items.filter(({ value }) => !(isMap(value) || isSeq(value)) || value.flow === true);
  return pairs.at(-1) ?? impossible();
}

function appendTo(text: string, list: YAMLSeq, rule: string): TextEdit {
  const [start, end] = list.range ?? impossible();
  if (list.flow !== true) return appendToBlock(text, list, rule);
  const last = list.items.at(-1);
  if (last === undefined) return { start, end, text: `[${rule}]` };
  const at = endOf(last);
  return { start: at, end: at, text: `, ${rule}` };
}

/** A line of its own behind the last entry, with the dash where that entry has it. */
function appendToBlock(text: string, list: YAMLSeq, rule: string): TextEdit {
  const last = list.items.at(-1);
  if (last === undefined) return impossible();
  const at = text.indexOf('\n', endOf(last));
  const dash = text.lastIndexOf('-', startOf(list.items[0]));
  const indent = text.slice(text.lastIndexOf('\n', dash) + 1, dash);
  if (indent.trim() !== '') return impossible();
  const place = at === -1 ? text.length : text[at - 1] === '\r' ? at - 1 : at;
  return { start: place, end: place, text: `${lineBreak(text)}${indent}- ${rule}` };
}

function startOf(node: unknown): number {
  return rangeOf(node)[0];
}

/** Of the value itself: behind it may come a comment. */
function endOf(node: unknown): number {
  return rangeOf(node)[1];
}

function rangeOf(node: unknown): readonly [number, number, number] {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
  return Array.isArray(range) ? (range as [number, number, number]) : impossible();
}

function impossible(): never {
  throw new TableError('edit_impossible');
}
