/** Compares emitted events as multisets: neither side promises an order between them. */
import type { EmittedEvent } from '../../../legacy-bridge/effects/effects.js';
import { compareJson, type JsonWalk } from './compare-json.js';
import { canonicalJson, JsonObject, jsonOf } from './json-document.js';
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
    .map(({ room, payload, toSender }) => {
      const alone: [string[], true[]] = toSender === true ? [['toSender'], [true]] : [[], []];
      const json = new JsonObject(['room', ...alone[0], 'payload'], [room, ...alone[1], jsonOf(payload)]);
      return { json, text: canonicalJson(json) };
    });
}

function compareNamed(name: string, legacy: readonly ReadEvent[], engine: readonly ReadEvent[], walk: JsonWalk): void {
  const rest = [...engine];
  /** What the engine emitted rightly, or has been told of already. */
  const known = new Set<string>();
  const unmatched = legacy.flatMap((event, at) => {
    const found = rest.findIndex(({ text }) => text === event.text);
    if (found < 0) return [{ event, at }];
    const [same] = rest.splice(found, 1);
    if (same !== undefined) compareJson(event.json, same.json, ['events', name, at], walk);
    known.add(event.text);
    return [];
  });
  const extra: ReadEvent[] = [];
  for (const [l, e] of pairByLikeness(
    unmatched.map(({ event }) => event.json),
    rest.map(({ json }) => json),
  )) {
    const own = l === undefined ? undefined : unmatched[l];
    const other = e === undefined ? undefined : rest[e];
    if (own === undefined) {
      if (other !== undefined) extra.push(other);
      continue;
    }
    const path = ['events', name, own.at];
    if (other === undefined) walk.findings.add({ kind: 'missing', path, legacy: own.event.json, engine: undefined });
    else {
      known.add(other.text);
      compareJson(own.event.json, other.json, path, walk);
    }
  }
  for (const { json, text } of extra) {
    const kind = known.has(text) ? 'doubled' : 'extra';
    known.add(text);
    walk.findings.add({ kind, path: ['events', name, legacy.length], legacy: undefined, engine: json });
  }
}

/** Where nobody saw what the legacy emitted: that an event is told twice shows at the engine alone, for no route emits one like another. */
export function findDoubledEvents(engine: readonly EmittedEvent[], walk: JsonWalk): void {
  for (const name of new Set(engine.map(({ event }) => event))) {
    const events = readAll(engine, name);
    for (const [at, { json, text }] of events.entries())
      if (events.findIndex((one) => one.text === text) < at)
        walk.findings.add({ kind: 'doubled', path: ['events', name, at], legacy: undefined, engine: json });
  }
}
