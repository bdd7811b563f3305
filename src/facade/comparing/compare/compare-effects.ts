/** Compares what two requests did besides answering: rows by table, key and column, and outgoing calls. Events have a file of their own. */
import type {
  ColumnValue,
  EffectRow,
  Effects,
  OutgoingCall,
  RowChange,
} from '../../../legacy-bridge/effects/effects.js';
import type { ObservedEffects } from '../comparison.js';
import { endedMeanwhile, type WatchedSpan, wroteInBackground } from './background-writes.js';
import { compareEvents, findDoubledEvents } from './compare-events.js';
import { compareJson, type JsonWalk } from './compare-json.js';
import { JsonNumber, JsonObject, type JsonValue, jsonOf, readJson } from './json-document.js';
import { shownKey } from './natural-keys.js';
import { pairRows, type RowPair, sameColumn } from './pair-rows.js';
import { type PathSegment, RowKey } from './path.js';

export interface EffectsFound {
  /** Places of one new row at both sides, where they are not the same. */
  readonly newRows: readonly { readonly legacy: number; readonly engine: number }[];
  /** A row was not the same before the legacy changed it as before the engine did, or a background task wrote: somebody else was there. */
  readonly disturbed: boolean;
}

/** @param notSeen what could not be looked at, in words, is put here */
export function compareEffects(
  legacy: ObservedEffects,
  engine: Effects,
  span: WatchedSpan,
  notSeen: Set<string>,
  walk: JsonWalk,
): EffectsFound {
  const pairs = pairRows(legacy.effects.rows, engine.rows);
  for (const pair of pairs) comparePair(pair, walk);
  for (const table of legacy.notSearched) notSeen.add(`rows of ${table} that the engine does not name`);
  if (legacy.eventsSeen) compareEvents(legacy.effects.events, engine.events, walk);
  else {
    notSeen.add('events of the legacy');
    findDoubledEvents(engine.events, walk);
  }
  compareCalls(legacy.effects.calls, engine.calls, notSeen, walk);
  return {
    newRows: pairs.flatMap(newRowIds),
    disturbed:
      pairs.some((pair) => beforesDiffer(pair)) ||
      wroteInBackground(pairs.flatMap(extraAtLegacy), span) ||
      endedMeanwhile(pairs, engine.calls),
  };
}

function newRowIds({ legacy, engine }: RowPair): { legacy: number; engine: number }[] {
  if (legacy?.change !== 'insert' || engine?.change !== 'insert' || legacy.rowId === engine.rowId) return [];
  return [{ legacy: legacy.rowId, engine: engine.rowId }];
}

function extraAtLegacy({ legacy, engine }: RowPair): RowChange[] {
  return legacy !== undefined && engine === undefined ? [legacy] : [];
}

function beforesDiffer({ legacy, engine }: RowPair): boolean {
  const [l, e] = [legacy?.before, engine?.before];
  if (l === undefined || e === undefined) return false;
  return Object.keys({ ...l, ...e }).some((column) => !sameColumn(l[column], e[column]));
}

function comparePair({ legacy, engine }: RowPair, walk: JsonWalk): void {
  const shown = legacy ?? engine;
  if (shown === undefined) return;
  const row = shown.before ?? shown.after ?? {};
  const path: PathSegment[] = ['rows', shown.table, new RowKey(shownKey(shown.table, row, shown.rowId))];
  if (legacy === undefined || engine === undefined) compareAlone(shown, engine === undefined, path, walk);
  else if (legacy.change !== engine.change)
    walk.findings.add({ kind: 'type', path, legacy: legacy.change, engine: engine.change });
  else if (legacy.after !== undefined && engine.after !== undefined)
    compareAfters(legacy, engine, legacy.after, engine.after, path, walk);
}

/** Only one side changed the row. Of an update each column is told by itself, so that rules can speak of columns. */
function compareAlone(change: RowChange, atLegacy: boolean, path: PathSegment[], walk: JsonWalk): void {
  const kind = atLegacy ? 'missing' : 'extra';
  const { before, after } = change;
  if (change.change !== 'update' || before === undefined || after === undefined) {
    const told = new JsonObject([change.change], [rowJson(after ?? before ?? {})]);
    walk.findings.add({ kind, path, ...sides(atLegacy, told, undefined) });
    return;
  }
  for (const column of Object.keys({ ...before, ...after })) {
    const [was, is] = [before[column] ?? null, after[column] ?? null];
    if (!sameColumn(was, is))
      walk.findings.add({ kind, path: [...path, column], ...sides(atLegacy, columnJson(is), columnJson(was)) });
  }
}

function sides(
  atLegacy: boolean,
  own: JsonValue,
  other: JsonValue | undefined,
): { legacy: JsonValue | undefined; engine: JsonValue | undefined } {
  return atLegacy ? { legacy: own, engine: other } : { legacy: other, engine: own };
}

function compareAfters(
  legacy: RowChange,
  engine: RowChange,
  left: EffectRow,
  right: EffectRow,
  path: PathSegment[],
  walk: JsonWalk,
): void {
  for (const column of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const [l, e] = [left[column], right[column]];
    const at = [...path, column];
    if (l === undefined || e === undefined)
      walk.findings.add({
        kind: e === undefined ? 'missing' : 'extra',
        path: at,
        legacy: jsonIf(l),
        engine: jsonIf(e),
      });
    else if (sameColumn(l, e)) tellEqual(l, walk);
    else if (legacy.change === 'update' && changes(legacy, column) !== changes(engine, column))
      // A value left as it was is not a value of another moment: no equivalence may pass it.
      walk.findings.add({
        kind: changes(legacy, column) ? 'missing' : 'extra',
        path: at,
        legacy: columnJson(l),
        engine: columnJson(e),
      });
    else compareColumn(l, e, at, walk);
  }
}

function changes({ before, after }: RowChange, column: string): boolean {
  return !sameColumn(before?.[column], after?.[column]);
}

function tellEqual(value: ColumnValue, walk: JsonWalk): void {
  if (typeof value === 'string') walk.onEqualText?.(value);
}

/** Columns that hold JSON are compared by structure: their readers see no blanks and no order of keys (operators 1.4). */
function compareColumn(legacy: ColumnValue, engine: ColumnValue, path: PathSegment[], walk: JsonWalk): void {
  const [l, e] = [textOf(legacy), textOf(engine)];
  if (l === undefined || e === undefined || isBlob(legacy) !== isBlob(engine)) {
    compareJson(columnJson(legacy), columnJson(engine), path, walk);
    return;
  }
  const [left, right] = [storedJson(l), storedJson(e)];
  if (left !== undefined && right !== undefined) compareJson(left, right, path, walk);
  else compareJson(l, e, path, walk);
}

function storedJson(text: string): JsonValue | undefined {
  return /^\s*[[{]/.test(text) ? readJson(text) : undefined;
}

/** Of a BLOB too, where it holds readable ASCII, as encrypted values do. */
function textOf(value: ColumnValue): string | undefined {
  if (typeof value === 'string') return value;
  if (!isBlob(value)) return undefined;
  const text = Buffer.from(value.blob, 'base64').toString('latin1');
  return /^[ -~]*$/.test(text) ? text : undefined;
}

function isBlob(value: ColumnValue): value is { readonly blob: string } {
  return typeof value === 'object' && value !== null && 'blob' in value;
}

function columnJson(value: ColumnValue): JsonValue {
  if (typeof value !== 'object' || value === null) return jsonOf(value);
  if ('integer' in value) return new JsonNumber(value.integer);
  return 'real' in value ? new JsonNumber(value.real) : jsonOf(value);
}

function jsonIf(value: ColumnValue | undefined): JsonValue | undefined {
  return value === undefined ? undefined : columnJson(value);
}

function rowJson(row: EffectRow): JsonObject {
  return new JsonObject(Object.keys(row), Object.values(row).map(columnJson));
}

/** Nobody sees the legacy call other machines; where its calls are known all the same, they are compared. */
function compareCalls(
  legacy: readonly OutgoingCall[],
  engine: readonly OutgoingCall[],
  notSeen: Set<string>,
  walk: JsonWalk,
): void {
  if (legacy.length === 0) {
    if (engine.length > 0) notSeen.add('calls of the legacy to other machines');
    return;
  }
  const rest = engine.map(callText);
  for (const [at, call] of legacy.entries()) {
    const found = rest.indexOf(callText(call));
    if (found >= 0) rest.splice(found, 1);
    else walk.findings.add({ kind: 'missing', path: ['calls', at], legacy: callText(call), engine: undefined });
  }
  for (const [at, text] of rest.entries())
    walk.findings.add({ kind: 'extra', path: ['calls', at], legacy: undefined, engine: text });
}

function callText({ method, url }: OutgoingCall): string {
  return `${method} ${url}`;
}
