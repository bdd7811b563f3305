/**
 * Writes a flip into a table's text, touching nothing else: comments, order, quotes and line ends stay as they are.
 * Works on the positions that the parser gave, in flow and in block style.
 */
import { isMap, isScalar, isSeq, type Pair, Scalar, type YAMLMap } from 'yaml';
import { backgroundTaskOf } from './background-tasks.js';
import type { CheckedTable } from './check-table.js';
import { eventOf } from './event-id.js';
import { type FlipPlan, stagedConfig } from './plan-flip.js';
import { pairOf } from './table-document.js';
import { TableError } from './table-error.js';
import type { Canary } from './table-snapshot.js';

/** Replaces the characters from `start` up to `end`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * @returns the new text. The caller checks it: a file in an unusual style may not take the edit as meant.
 * @throws TableError `edit_impossible`
 */
export function editTable(table: CheckedTable, plan: FlipPlan): string {
  return applyEdits(table.text, editsOf(table, plan));
}

/** @param edits that do not overlap */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((edited, { start, end, text: added }) => edited.slice(0, start) + added + edited.slice(end), text);
}

function editsOf(table: CheckedTable, plan: FlipPlan): TextEdit[] {
  const task = backgroundTaskOf(plan.target);
  if (task !== undefined) return [ownerEdit(table, task, plan.stage)];
  const event = eventOf(plan.target);
  if (event !== undefined && stagedConfig(table, plan.target) === undefined) return [newEvent(table, event, plan)];
  const node = plan.target === 'sockets' ? table.config.sockets?.node : stagedConfig(table, plan.target)?.node;
  return node === undefined ? [newSection(table, plan)] : flipEdits(table.text, node, plan);
}

/** A task that the file does not name gets its entry; a file without `background` gets the section, after the version. */
function ownerEdit({ text, document }: CheckedTable, task: string, owner: string): TextEdit {
  const root = required(isMap(document.document.contents) ? document.document.contents : undefined);
  const section = pairOf(root, 'background')?.value;
  const entryText = `{ owner: ${owner} }`;
  if (!isMap(section))
    return insertAfter(text, root, required(pairOf(root, 'version')), 'background', `{ ${task}: ${entryText} }`);
  const entry = pairOf(section, task)?.value;
  if (!isMap(entry)) return insertFirst(text, section, [[task, entryText]]);
  return replaceScalar(required(pairOf(entry, 'owner')), owner);
}

/** A row for an event that the file does not name yet; with the map of events, and the section, where those are missing too. */
function newEvent({ text, document, config }: CheckedTable, event: string, { stage, canary }: FlipPlan): TextEdit {
  const row = `{ stage: ${stage}${canary === undefined ? '' : `, canary: ${flowCanary(canary)}`} }`;
  const { node, eventsNode } = config.sockets ?? {};
  if (eventsNode !== undefined) return insertFirst(text, eventsNode, [[event, row]]);
  const events = `{ ${event}: ${row} }`;
  if (node !== undefined) {
    const stagePair = pairOf(node, 'stage');
    if (stagePair === undefined) return insertFirst(text, node, [['events', events]]);
    return insertAfter(text, node, stagePair, 'events', events);
  }
  const root = required(isMap(document.document.contents) ? document.document.contents : undefined);
  return insertAfter(text, root, required(pairOf(root, 'version')), 'sockets', `{ events: ${events} }`);
}

function flipEdits(text: string, node: YAMLMap, { stage, canary }: FlipPlan): TextEdit[] {
  const known = pairOf(node, 'stage');
  const canaryText = canary === undefined || pairOf(node, 'canary') !== undefined ? undefined : flowCanary(canary);
  if (known === undefined) {
    const first = canaryText === undefined ? [] : [['canary', canaryText] as const];
    return [insertFirst(text, node, [['stage', stage], ...first]), ...(canary ? canaryEdits(text, node, canary) : [])];
  }
  return [
    replaceScalar(known, stage),
    ...(canaryText === undefined ? [] : [insertAfter(text, node, known, 'canary', canaryText)]),
    ...(canary ? canaryEdits(text, node, canary) : []),
  ].filter((edit) => text.slice(edit.start, edit.end) !== edit.text);
}

/** Edits of a canary that is there already. */
function canaryEdits(text: string, node: YAMLMap, { percent, by }: Canary): TextEdit[] {
  const map = pairOf(node, 'canary')?.value;
  if (!isMap(map)) return [];
  const percentPair = required(pairOf(map, 'percent'));
  const byPair = pairOf(map, 'by');
  // A canary without `by` means the address; it is written only when it says something else.
  const byEdits =
    byPair !== undefined
      ? [replaceScalar(byPair, by)]
      : by === 'address'
        ? []
        : [insertAfter(text, map, percentPair, 'by', by)];
  const known = isScalar(percentPair.value) && percentPair.value.value === percent;
  return [...(known ? [] : [replaceScalar(percentPair, String(percent))]), ...byEdits];
}

function flowCanary({ percent, by }: Canary): string {
  return `{ percent: ${percent}, by: ${by} }`;
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

function insertFirst(text: string, map: YAMLMap, entries: readonly (readonly [string, string])[]): TextEdit {
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

/** `defaults` or `sockets`, in a file that has none yet: after the version. */
function newSection({ text, document }: CheckedTable, { target, stage, canary }: FlipPlan): TextEdit {
  const root = document.document.contents;
  const version = isMap(root) ? pairOf(root, 'version') : undefined;
  if (!isMap(root) || version === undefined) throw new TableError('edit_impossible');
  const inner = `stage: ${stage}${canary === undefined ? '' : `, canary: ${flowCanary(canary)}`}`;
  return insertAfter(text, root, version, target === 'default' ? 'defaults' : target, `{ ${inner} }`);
}

function keyStart({ key }: Pair): number {
  return required(isScalar(key) ? key.range : undefined)[0];
}

function valueEnd({ value }: Pair): number {
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

function required<T>(value: T | null | undefined): T {
  if (value == null) throw new TableError('edit_impossible');
  return value;
}
