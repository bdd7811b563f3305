/**
 * Reads the fields of an event's payload. Unlike the legacy, which keeps whatever comes and fails later, a value of a wrong type
 * is refused before anything is changed.
 */
import { hasLoneSurrogate } from '../../legacy-bridge/values/parse-json.js';
import { EngineError } from '../domain/engine-error.js';
import type { EventArgument } from '../domain/event-argument.js';
import { type EventObject, type EventValue, isEventObject, isTruthyEvent } from '../domain/event-value.js';

/** Ids and names are kept in memory, by the hundred thousand. */
const LONGEST = 1024;
const EMPTY: EventObject = new Map();

/** @throws EngineError `invalid_request` */
export function eventObject({ value }: EventArgument): EventObject {
  if (isEventObject(value)) return value;
  throw new EngineError('invalid_request', { detail: 'payload: an object' });
}

/**
 * A falsy payload counts as an empty object.
 * @throws EngineError `invalid_request`
 */
export function eventObjectOrEmpty(argument: EventArgument): EventObject {
  return isTruthyEvent(argument.value) ? eventObject(argument) : EMPTY;
}

/**
 * Falsy counts as missing.
 * @throws EngineError `invalid_request` for other types, and for texts that are too long or no Unicode
 */
export function shortText(object: EventObject, name: string): string | undefined {
  const value: EventValue | undefined = object.get(name);
  if (!isTruthyEvent(value)) return undefined;
  if (typeof value !== 'string' || value.length > LONGEST || hasLoneSurrogate(value))
    throw new EngineError('invalid_request', { detail: `${name}: text of at most ${LONGEST} characters` });
  return value;
}
