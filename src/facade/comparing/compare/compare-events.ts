/** Compares emitted events as multisets: neither side promises an order between them. */
import type { EmittedEvent } from '../../../legacy-bridge/effects/effects.js';
import { compareJson, type JsonWalk } from './compare-json.js';
import { canonicalJson, JsonObject, type JsonValue, jsonOf } from './json-document.js';
import { pairByLikeness } from './pair-by-likeness.js';

interface ReadEvent {
  readonly json: JsonObject;
  readonly text: string;
}

export function compareEvents(legacy: readonly EmittedEvent[], engine: readonly EmittedEvent[], walk: JsonWalk): void {
  for (const name of new Set([...legacy, ...engine].map(({ event }) => event)))
    compareNamed(name, readAll(legacy, name), readAll(engine, name), walk);
}

function readAll(events: readonly EmittedEvent[], name: string): ReadEvent[] {
  return events
    .filter(({ event }) => event === name)
    .map(({ room, payload }) => {
      const json = new JsonObject(['room', 'payload'], [room, jsonOf(payload)]);
      return { json, text: canonicalJson(json) };
    });
}

function compareNamed(name: string, legacy: readonly ReadEvent[], engine: readonly ReadEvent[], walk: JsonWalk): void {
  const rest = [...engine];
  const unmatched = legacy.flatMap((event, at) => {
    const found = rest.findIndex(({ text }) => text === event.text);
    if (found < 0) return [{ event, at }];
    const [same] = rest.splice(found, 1);
    if (same !== undefined) compareJson(event.json, same.json, ['events', name, at], walk);
    return [];
  });
  const pairs = pairByLikeness(
    unmatched.map(({ event }) => event.json),
    rest.map(({ json }) => json),
  );
  for (const [l, e] of pairs) {
    const own = l === undefined ? undefined : unmatched[l];
    const other = e === undefined ? undefined : rest[e];
    const path = ['events', name, own?.at ?? legacy.length];
    if (own !== undefined && other !== undefined) compareJson(own.event.json, other.json, path, walk);
    else if (own !== undefined) walk.findings.add({ kind: 'missing', path, legacy: own.event.json, engine: undefined });
    else if (other !== undefined) addExtra(other, engine, path, walk);
  }
}

function addExtra(event: ReadEvent, all: readonly ReadEvent[], path: (string | number)[], walk: JsonWalk): void {
  const again = all.filter(({ text }) => text === event.text).length > 1;
  const engine: JsonValue = event.json;
  walk.findings.add({ kind: again ? 'doubled' : 'extra', path, legacy: undefined, engine });
}
