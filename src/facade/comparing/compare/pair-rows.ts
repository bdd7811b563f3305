/** Which row change of the one side is meant to be which of the other. */
import type { ColumnValue, RowChange } from '../../../legacy-bridge/effects/effects.js';
import { JsonObject, jsonOf } from './json-document.js';
import { naturalKey } from './natural-keys.js';
import { pairByLikeness } from './pair-by-likeness.js';

export interface RowPair {
  readonly legacy: RowChange | undefined;
  readonly engine: RowChange | undefined;
}

/** Rows that were there before are known by their place; new ones by their natural key, and else by likeness. */
export function pairRows(legacy: readonly RowChange[], engine: readonly RowChange[]): RowPair[] {
  const left = netChanges(legacy);
  const right = netChanges(engine);
  const pairs = [...takePairs(left, right, placeOf), ...takePairs(left, right, keyOf)];
  const tables = new Set([...left, ...right].map(({ table }) => table));
  return [...pairs, ...[...tables].flatMap((table) => pairRest(ofTable(left, table), ofTable(right, table)))];
}

/** Takes what has an equal, defined name out of both lists; of several with one name, in their order. */
function takePairs(left: RowChange[], right: RowChange[], name: (change: RowChange) => string | undefined): RowPair[] {
  const named = new Map<string, RowChange[]>();
  for (const change of right) {
    const own = name(change);
    if (own !== undefined) named.set(own, [...(named.get(own) ?? []), change]);
  }
  const pairs: RowPair[] = [];
  for (const change of [...left]) {
    const own = name(change);
    const other = own === undefined ? undefined : named.get(own)?.shift();
    if (other === undefined) continue;
    remove(left, change);
    remove(right, other);
    pairs.push({ legacy: change, engine: other });
  }
  return pairs;
}

function pairOf<T>(name: string | undefined, value: T): (readonly [string, T])[] {
  return name === undefined ? [] : [[name, value]];
}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}

function placeOf({ table, rowId, change }: RowChange): string | undefined {
  return change === 'insert' ? undefined : `${table} ${rowId}`;
}

function keyOf(change: RowChange): string | undefined {
  const key = naturalKey(change.table, change.after ?? change.before ?? {});
  return key === undefined ? undefined : `${change.table} ${key}`;
}

function ofTable(changes: readonly RowChange[], table: string): RowChange[] {
  return changes.filter((change) => change.table === table);
}

/** New rows with new rows only: a row that was there is no other one. */
function pairRest(left: readonly RowChange[], right: readonly RowChange[]): RowPair[] {
  const [newLeft, newRight] = [left.filter(isInsert), right.filter(isInsert)];
  const pairs = pairByLikeness(newLeft.map(contentOf), newRight.map(contentOf)).map(([l, e]) => ({
    legacy: l === undefined ? undefined : newLeft[l],
    engine: e === undefined ? undefined : newRight[e],
  }));
  const alone = left.filter((change) => !isInsert(change)).map((change) => ({ legacy: change, engine: undefined }));
  const others = right.filter((change) => !isInsert(change)).map((change) => ({ legacy: undefined, engine: change }));
  return [...pairs, ...alone, ...others];
}

function isInsert({ change }: RowChange): boolean {
  return change === 'insert';
}

function contentOf({ after }: RowChange): JsonObject {
  const content = jsonOf(after ?? {});
  return content instanceof JsonObject ? content : new JsonObject([], []);
}

/**
 * What is left of changes in the end: nothing of an update that changes nothing; a row that was deleted and inserted again under its
 * key (`REPLACE` does so) was updated.
 */
function netChanges(changes: readonly RowChange[]): RowChange[] {
  const deleted = new Map(
    changes.flatMap((change) => (change.change === 'delete' ? pairOf(keyOf(change), change) : [])),
  );
  const replaced = new Set<RowChange>();
  const net = changes.map((change): RowChange => {
    const key = change.change === 'insert' ? keyOf(change) : undefined;
    const former = key === undefined ? undefined : deleted.get(key);
    if (former === undefined) return change;
    replaced.add(former);
    return { ...change, rowId: former.rowId, change: 'update', before: former.before };
  });
  return net.filter((change) => !replaced.has(change) && !isIdle(change));
}

function isIdle({ change, before, after }: RowChange): boolean {
  if (change !== 'update' || before === undefined || after === undefined) return false;
  return Object.keys({ ...before, ...after }).every((column) => sameColumn(before[column], after[column]));
}

export function sameColumn(a: ColumnValue | undefined, b: ColumnValue | undefined): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
