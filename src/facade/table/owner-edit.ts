/** Writes owners of background tasks, and of single jobs, into a table's text, touching nothing else. */
import { isMap, isScalar, type Pair, type YAMLMap } from 'yaml';
import type { Side } from '../side.js';
import { SCHEDULER } from './background-tasks.js';
import type { CheckedTable } from './check-table.js';
import {
  insertAfter,
  insertFirst,
  keyStart,
  lineBreak,
  replaceScalar,
  required,
  type TextEdit,
  valueEnd,
} from './edit-text.js';
import { ownerOfJob, schedulerOf } from './scheduler-row.js';
import { pairOf } from './table-document.js';

/**
 * A task that the file does not name gets its entry; a file without `background` gets the section, after the version. Jobs with
 * an owner of their own follow the task, so that their words go.
 * @throws TableError `edit_impossible`
 */
export function ownerEdits(table: CheckedTable, task: string, owner: string): TextEdit[] {
  const entry = entryOf(table, task);
  if (entry === undefined) return [newEntry(table, task, `{ owner: ${owner} }`)];
  const jobs = pairOf(entry, 'jobs');
  return [
    replaceScalar(required(pairOf(entry, 'owner')), owner),
    ...(jobs === undefined ? [] : [removePair(table.text, entry, jobs)]),
  ].filter((edit) => table.text.slice(edit.start, edit.end) !== edit.text);
}

/**
 * Jobs get their word, or lose it where the scheduler's owner is theirs again.
 * @param owners by id of the job; each another than the job has now
 * @throws TableError `edit_impossible`
 */
export function jobEdits(table: CheckedTable, owners: ReadonlyMap<string, Side>): TextEdit[] {
  const scheduler = schedulerOf(table.snapshot);
  const told = [...owners].filter(([, owner]) => owner !== scheduler.owner);
  const entry = entryOf(table, SCHEDULER);
  if (entry === undefined) return [newEntry(table, SCHEDULER, `{ owner: ${scheduler.owner}, jobs: ${flowMap(told)} }`)];
  const pair = pairOf(entry, 'jobs');
  if (pair === undefined)
    return [insertAfter(table.text, entry, required(pairOf(entry, 'owner')), 'jobs', flowMap(told))];
  const map = required(isMap(pair.value) ? pair.value : undefined);
  const left = keptPairs(map, owners);
  if (left.length + told.length === 0) return [removePair(table.text, entry, pair)];
  if (map.flow === true || map.items.length === 0) {
    const kept = left.map(({ key }) => jobIdOf(key)).map((id) => [id, ownerOfJob(scheduler, id)] as const);
    const [start, end] = required(map.range);
    return [{ start, end, text: flowMap([...kept, ...told]) }];
  }
  const gone = map.items.filter((item) => !left.includes(item));
  return [...gone.map((item) => removePair(table.text, map, item)), ...addedLines(table.text, map, told)];
}

/** The entries that stay. */
function keptPairs(map: YAMLMap, owners: ReadonlyMap<string, Side>): Pair[] {
  return map.items.filter(({ key }) => !owners.has(jobIdOf(key)));
}

function jobIdOf(key: unknown): string {
  return String(required(isScalar(key) ? key : undefined).value);
}

/** One edit for all, in their order: edits at one place would turn it round. */
function addedLines(text: string, map: YAMLMap, told: readonly (readonly [string, Side])[]): TextEdit[] {
  const last = required(map.items.at(-1));
  const [first, ...others] = told.map(([id, owner]) => insertAfter(text, map, last, id, owner));
  if (first === undefined) return [];
  return [{ ...first, text: [first, ...others].map((edit) => edit.text).join('') }];
}

function flowMap(entries: readonly (readonly [string, Side])[]): string {
  return `{ ${entries.map(([id, owner]) => `${id}: ${owner}`).join(', ')} }`;
}

function entryOf({ document }: CheckedTable, task: string): YAMLMap | undefined {
  const root = document.document.contents;
  const section = isMap(root) ? pairOf(root, 'background')?.value : undefined;
  const entry = isMap(section) ? pairOf(section, task)?.value : undefined;
  return isMap(entry) ? entry : undefined;
}

function newEntry({ text, document }: CheckedTable, task: string, entry: string): TextEdit {
  const root = required(isMap(document.document.contents) ? document.document.contents : undefined);
  const section = pairOf(root, 'background')?.value;
  if (!isMap(section))
    return insertAfter(text, root, required(pairOf(root, 'version')), 'background', `{ ${task}: ${entry} }`);
  return insertFirst(text, section, [[task, entry]]);
}

/** A map in block style ends, to the parser, where the text after it begins. */
function lastEnd(pair: Pair): number {
  const { value } = pair;
  const last = isMap(value) && value.flow !== true ? value.items.at(-1) : undefined;
  return last === undefined ? valueEnd(pair) : lastEnd(last);
}

/** In flow style with the comma that set it apart; in block style its lines, with a comment behind it. Never the only pair of a map in flow style. */
function removePair(text: string, map: YAMLMap, pair: Pair): TextEdit {
  const at = map.items.indexOf(pair);
  if (map.flow === true) {
    const [before, after] = [map.items[at - 1], map.items[at + 1]];
    if (before !== undefined) return { start: valueEnd(before), end: valueEnd(pair), text: '' };
    return { start: keyStart(pair), end: keyStart(required(after)), text: '' };
  }
  const start = text.lastIndexOf('\n', keyStart(pair) - 1) + 1;
  const lineEnd = text.indexOf('\n', lastEnd(pair));
  if (lineEnd !== -1) return { start, end: lineEnd + 1, text: '' };
  // The last line of a file without a line break at its end.
  const breakLength = start === 0 ? 0 : lineBreak(text).length;
  return { start: start - breakLength, end: text.length, text: '' };
}
