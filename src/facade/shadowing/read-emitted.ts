/** Reads what the legacy emitted to a client into the form that effects are told in. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { EmittedEvent } from '../../legacy-bridge/effects/effects.js';
import { eventName } from '../../legacy-bridge/realtime/packet-head.js';

/** @returns the event's name; undefined for data that is no event's */
export function nameOf(data: string): string | undefined {
  return eventName(data, { dataAt: 0 });
}

/**
 * On one client's connection nothing shows whether an event went to all, to a room or to that client alone. Another client tells all
 * from one; where there is none, and of rooms, it is taken for what the engine's event like it is.
 *
 * @param byOthers whether another client got it too; undefined when nobody knows
 */
export function readEmitted(
  data: string,
  engine: readonly EmittedEvent[],
  byOthers: boolean | undefined,
): EmittedEvent[] {
  const [event, ...args] = listOf(data);
  if (typeof event !== 'string') return [];
  // Python's None is emitted as no argument; of several, which nobody emits, the list is compared.
  const payload = args.length > 1 ? args : (args[0] ?? null);
  const namesakes = engine.filter((one) => one.event === event);
  const like = namesakes.find((one) => isDeepStrictEqual(one.payload, payload)) ?? namesakes[0];
  const room = like?.room ?? null;
  const isToSender = byOthers === undefined ? like?.toSender === true : !byOthers && room === null;
  return [{ event, room, ...(isToSender ? { toSender: true } : {}), payload }];
}

function listOf(data: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(data);
    return Array.isArray(list) ? list : [];
  } catch {
    return []; // No JSON: clients ignore it too.
  }
}
