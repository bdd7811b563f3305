/** Pairs the items of two lists that are meant to be the same although they are not equal. */
import { canonicalJson, JsonObject, type JsonValue } from './json-document.js';

/** Lists longer than this are paired by place: likeness costs the product of both lengths. */
const MOST_PAIRED_BY_LIKENESS = 48;

/** Which items of two lists are meant to be the same. Each appears once; undefined stands for "none". */
export function pairByLikeness(
  legacy: readonly JsonValue[],
  engine: readonly JsonValue[],
): (readonly [number | undefined, number | undefined])[] {
  const pairs: (readonly [number | undefined, number | undefined])[] = [];
  const left = new Set(legacy.keys());
  const right = new Set(engine.keys());
  for (const { l, e } of likeliest(legacy, engine)) {
    if (!left.has(l) || !right.has(e)) continue;
    left.delete(l);
    right.delete(e);
    pairs.push([l, e]);
  }
  return [
    ...pairs,
    ...[...left].map((l) => [l, undefined] as const),
    ...[...right].map((e) => [undefined, e] as const),
  ];
}

/** Candidates, the likeliest first; of equal likeness those that stand at nearer places. */
function likeliest(legacy: readonly JsonValue[], engine: readonly JsonValue[]): { l: number; e: number }[] {
  if (legacy.length > MOST_PAIRED_BY_LIKENESS || engine.length > MOST_PAIRED_BY_LIKENESS)
    return legacy.slice(0, engine.length).map((_, at) => ({ l: at, e: at }));
  const right = engine.map(signature);
  const all = legacy.flatMap((item, l) => {
    const own = signature(item);
    return right.map((other, e) => ({ l, e, likeness: likeness(own, other) }));
  });
  return all.sort((a, b) => b.likeness - a.likeness || Math.abs(a.l - a.e) - Math.abs(b.l - b.e));
}

/** An object's fields as texts; another value as one text. */
function signature(value: JsonValue): ReadonlySet<string> {
  if (!(value instanceof JsonObject)) return new Set([canonicalJson(value)]);
  return new Set(value.keys.map((key, at) => `${key}:${canonicalJson(value.values[at] ?? null)}`));
}

function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const item of a) if (b.has(item)) shared += 1;
  return shared;
}
