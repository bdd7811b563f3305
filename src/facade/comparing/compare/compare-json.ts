/** Compares two JSON documents by structure. Key order never counts; list order does, unless the row says otherwise. */
import type { Findings } from './finding.js';
import { canonicalJson, isJsonList, JsonNumber, JsonObject, type JsonValue } from './json-document.js';
import { pairByLikeness } from './pair-by-likeness.js';
import type { PathSegment } from './path.js';

/** What a walk over two documents needs to know, and where it puts what it finds. */
export interface JsonWalk {
  readonly findings: Findings;
  /** Whether a row says that the order of the list at this path means nothing. */
  isUnordered(path: readonly PathSegment[]): boolean;
  /**
   * Two texts that differ may hold something that is compared by its parts: a token, JSON in a column.
   * @returns true when it has put what it found itself
   */
  openTexts(legacy: string, engine: string, path: PathSegment[]): boolean;
  /** Called for equal texts, where somebody wants to know them. */
  readonly onEqualText: ((text: string) => void) | undefined;
}

/** @param path of the two values; changed while walking, and as before afterwards */
export function compareJson(legacy: JsonValue, engine: JsonValue, path: PathSegment[], walk: JsonWalk): void {
  if (typeof legacy === 'string' && typeof engine === 'string') compareTexts(legacy, engine, path, walk);
  else if (legacy === engine) return;
  else if (legacy instanceof JsonObject && engine instanceof JsonObject) compareObjects(legacy, engine, path, walk);
  else if (isList(legacy) && isList(engine)) compareLists(legacy, engine, path, walk);
  else compareScalars(legacy, engine, path, walk);
}

function compareTexts(legacy: string, engine: string, path: PathSegment[], walk: JsonWalk): void {
  if (legacy === engine) walk.onEqualText?.(legacy);
  else if (!walk.openTexts(legacy, engine, path)) walk.findings.add({ kind: 'value', path: [...path], legacy, engine });
}

function compareScalars(legacy: JsonValue, engine: JsonValue, path: PathSegment[], walk: JsonWalk): void {
  if (legacy instanceof JsonNumber && engine instanceof JsonNumber && legacy.token === engine.token) return;
  const kind = typeName(legacy) === typeName(engine) ? 'value' : 'type';
  walk.findings.add({ kind, path: [...path], legacy, engine });
}

/** `1` and `1.0` are of two types to whoever reads them in Python. */
function typeName(value: JsonValue): string {
  if (value === null) return 'null';
  if (value instanceof JsonNumber) return isInteger(value) ? 'integer' : 'fraction';
  if (value instanceof JsonObject) return 'object';
  return isList(value) ? 'list' : typeof value;
}

function isInteger(number: JsonNumber): boolean {
  return /^-?\d+$/.test(number.token);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return typeof value === 'object' && value !== null && isJsonList(value);
}

function compareObjects(legacy: JsonObject, engine: JsonObject, path: PathSegment[], walk: JsonWalk): void {
  if (sameKeys(legacy.keys, engine.keys)) {
    for (let at = 0; at < legacy.keys.length; at += 1) {
      path.push(legacy.keys[at] ?? '');
      compareJson(legacy.values[at] ?? null, engine.values[at] ?? null, path, walk);
      path.pop();
    }
    return;
  }
  for (const [key, places] of legacy.index) {
    const others = engine.index.get(key) ?? [];
    under(path, key, () => compareFields(fieldsAt(legacy, places), fieldsAt(engine, others), path, walk));
  }
  for (const [key, places] of engine.index)
    if (!legacy.index.has(key)) under(path, key, () => compareFields([], fieldsAt(engine, places), path, walk));
}

/** Cheap and nearly always true: both sides sort their keys. */
function sameKeys(legacy: readonly string[], engine: readonly string[]): boolean {
  if (legacy.length !== engine.length) return false;
  for (let at = 0; at < legacy.length; at += 1) if (legacy[at] !== engine[at]) return false;
  return true;
}

function fieldsAt(object: JsonObject, places: readonly number[]): JsonValue[] {
  return places.map((place) => object.values[place] ?? null);
}

/** Values of one key: one each, unless a side names it twice. The last counts with readers, so they are paired from the end. */
function compareFields(
  legacy: readonly JsonValue[],
  engine: readonly JsonValue[],
  path: PathSegment[],
  walk: JsonWalk,
): void {
  const count = Math.max(legacy.length, engine.length);
  for (let back = 1; back <= count; back += 1) {
    const [l, e] = [legacy.at(-back), engine.at(-back)];
    if (back > legacy.length) addExtra(e, path, walk);
    else if (back > engine.length) addMissing(l, path, walk);
    else compareJson(l ?? null, e ?? null, path, walk);
  }
}

function addMissing(legacy: JsonValue | undefined, path: readonly PathSegment[], walk: JsonWalk): void {
  walk.findings.add({ kind: 'missing', path: [...path], legacy, engine: undefined });
}

function addExtra(engine: JsonValue | undefined, path: readonly PathSegment[], walk: JsonWalk): void {
  walk.findings.add({ kind: 'extra', path: [...path], legacy: undefined, engine });
}

function under(path: PathSegment[], segment: PathSegment, work: () => void): void {
  path.push(segment);
  work();
  path.pop();
}

function compareLists(
  legacy: readonly JsonValue[],
  engine: readonly JsonValue[],
  path: PathSegment[],
  walk: JsonWalk,
): void {
  // Each item is looked into once: twice at each level would be without end for lists in lists.
  if (walk.isUnordered(path)) compareUnordered(textsOf(legacy, engine), path, walk);
  else if (legacy.length === engine.length) compareSameLength(legacy, engine, path, walk);
  else compareOrdered(textsOf(legacy, engine), path, walk);
}

function compareSameLength(
  legacy: readonly JsonValue[],
  engine: readonly JsonValue[],
  path: PathSegment[],
  walk: JsonWalk,
): void {
  const before = walk.findings.list.length;
  const differing = comparePlaces(legacy, engine, path, walk);
  // One place that differs, or more findings than can be kept: another explanation would tell less.
  if (differing.length < 2 || walk.findings.beyond > 0 || !mayBeReordered(legacy, engine, differing)) return;
  const { left, right } = textsOf(legacy, engine);
  if (!sameMultiset(left, right)) return;
  walk.findings.cutBack(before);
  walk.findings.add({ kind: 'order', path: [...path], legacy, engine });
}

/** @returns the places that differ */
function comparePlaces(
  legacy: readonly JsonValue[],
  engine: readonly JsonValue[],
  path: PathSegment[],
  walk: JsonWalk,
): number[] {
  const differing: number[] = [];
  for (let at = 0; at < legacy.length; at += 1) {
    const count = walk.findings.list.length;
    path.push(at);
    compareJson(legacy[at] ?? null, engine[at] ?? null, path, walk);
    path.pop();
    if (walk.findings.list.length > count) differing.push(at);
  }
  return differing;
}

/** Cheap where lists differ in values: the first item that differs then stands nowhere at the other side. */
function mayBeReordered(
  legacy: readonly JsonValue[],
  engine: readonly JsonValue[],
  differing: readonly number[],
): boolean {
  const first = legacy[differing[0] ?? 0] ?? null;
  return differing.some((at) => isEqualJson(first, engine[at] ?? null));
}

function isEqualJson(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (a instanceof JsonNumber) return b instanceof JsonNumber && a.token === b.token;
  if (a instanceof JsonObject) return b instanceof JsonObject && hasEqualFields(a, b);
  return a !== null && b !== null && isList(a) && isList(b) && isEqualList(a, b);
}

function hasEqualFields(a: JsonObject, b: JsonObject): boolean {
  if (a.keys.length !== b.keys.length) return false;
  if (sameKeys(a.keys, b.keys)) return a.values.every((value, at) => isEqualJson(value, b.values[at] ?? null));
  // Ends at the first field that differs: one large item is held against many.
  for (const [key, places] of a.index) {
    const others = b.index.get(key);
    if (others === undefined || !isEqualList(fieldsAt(a, places), fieldsAt(b, others))) return false;
  }
  return true;
}

function isEqualList(a: readonly JsonValue[], b: readonly JsonValue[]): boolean {
  return a.length === b.length && a.every((item, at) => isEqualJson(item, b[at] ?? null));
}

function sameMultiset(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  const [a, b] = [[...left].sort(), [...right].sort()];
  return a.every((item, at) => item === b[at]);
}

/** Two lists with the canonical texts of their items. */
interface ListPair {
  readonly legacy: readonly JsonValue[];
  readonly engine: readonly JsonValue[];
  readonly left: readonly string[];
  readonly right: readonly string[];
}

function textsOf(legacy: readonly JsonValue[], engine: readonly JsonValue[]): ListPair {
  return { legacy, engine, left: legacy.map(canonicalJson), right: engine.map(canonicalJson) };
}

/** What both begin and end with agrees; what is between is missing, extra, or compared place by place. */
function compareOrdered({ legacy, engine, left, right }: ListPair, path: PathSegment[], walk: JsonWalk): void {
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left[start] === right[start]) start += 1;
  let tail = 0;
  while (tail < shorter - start && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  const [restLegacy, restEngine] = [legacy.length - start - tail, engine.length - start - tail];
  const both = Math.min(restLegacy, restEngine);
  if (both > 0 && restLegacy !== restEngine)
    walk.findings.add({
      kind: 'length',
      path: [...path],
      legacy: new JsonNumber(String(legacy.length)),
      engine: new JsonNumber(String(engine.length)),
    });
  for (let at = start; at < start + both; at += 1)
    under(path, at, () => compareJson(legacy[at] ?? null, engine[at] ?? null, path, walk));
  for (let at = start + both; at < start + restLegacy; at += 1)
    under(path, at, () => addMissing(legacy[at], path, walk));
  for (let at = start + both; at < start + restEngine; at += 1) under(path, at, () => addExtra(engine[at], path, walk));
}

/** Equal items are taken away, wherever they stand; the rest is paired by likeness and compared. */
function compareUnordered({ legacy, engine, left, right }: ListPair, path: PathSegment[], walk: JsonWalk): void {
  const places = placesByText(right);
  let moved = false;
  const restLegacy = left.flatMap((text, at) => {
    const other = places.get(text)?.pop();
    if (other === undefined) return [at];
    moved ||= other !== at;
    if (walk.onEqualText !== undefined) compareJson(legacy[at] ?? null, engine[other] ?? null, path, walk);
    return [];
  });
  if (moved && restLegacy.length === 0 && left.length === right.length)
    walk.findings.add({ kind: 'order', path: [...path], legacy, engine });
  const restEngine = [...places.values()].flat().sort((a, b) => a - b);
  const pairs = pairByLikeness(
    restLegacy.map((at) => legacy[at] ?? null),
    restEngine.map((at) => engine[at] ?? null),
  );
  for (const [l, e] of pairs) {
    const [at, other] = [restLegacy[l ?? -1], restEngine[e ?? -1]];
    under(path, at ?? other ?? 0, () => {
      if (at === undefined) addExtra(engine[other ?? 0], path, walk);
      else if (other === undefined) addMissing(legacy[at], path, walk);
      else compareJson(legacy[at] ?? null, engine[other] ?? null, path, walk);
    });
  }
}

/** The last place first, so that places are taken from the end of a list: a list may hold one text a hundred thousand times. */
function placesByText(texts: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (let at = texts.length - 1; at >= 0; at -= 1) {
    const text = texts[at] ?? '';
    const known = places.get(text);
    if (known === undefined) places.set(text, [at]);
    else known.push(at);
  }
  return places;
}
