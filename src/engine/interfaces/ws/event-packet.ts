/**
 * Reads events of Socket.IO protocol 5 in the namespace `/`. What is malformed is not told apart from what is not for us: both are
 * ignored, as the legacy ignores them (sockets 1).
 */
import { parseJson } from '../../../legacy-bridge/values/parse-json.js';
import { isPythonObject, type PythonValue } from '../../../legacy-bridge/values/python-value.js';
import type { EventArgument } from '../../domain/event-argument.js';
import type { EventValue } from '../../domain/event-value.js';
import { RawJson } from '../../domain/raw-json.js';

export interface EventPacket {
  readonly event: string;
  /** Digits; undefined when nobody asks for an acknowledgement. */
  readonly ackId: string | undefined;
  /** Undefined unless there is exactly one. */
  readonly argument: EventArgument | undefined;
}

/** Acknowledgement ids are counters; more digits would only fill memory. */
const EVENT = /^(?:2|5(\d{1,4})-)(?:\/,)?(\d{1,19})?(?=\[)/;
/** No event has a longer name. */
const NAME = /^\[[ \t\n\r]*"(?:[^"\\]|\\.){0,200}"[ \t\n\r]*,/s;

/**
 * As many as fit into the longest text that the legacy takes (sockets F1). In memory each is a hundred times what it is in a text, so
 * that one message of the length that the engine takes could end it.
 */
const MOST_VALUES = 500_000;

/** How many binary frames follow a packet's text; 0 for all that have none. */
export function attachmentsOf(text: string): number {
  return Number(/^[56](\d{1,4})-/.exec(text)?.[1] ?? 0);
}

/** @returns undefined for what is no event of the namespace `/`, or malformed */
export function parseEventPacket(text: string, attachments: readonly Buffer[]): EventPacket | undefined {
  const head = EVENT.exec(text);
  if (head === null || Number(head[1] ?? 0) !== attachments.length) return undefined;
  const json = text.slice(head[0].length);
  const list = parseJson(Buffer.from(json), MOST_VALUES);
  if (!Array.isArray(list)) return undefined;
  const [event, ...values] = list as readonly PythonValue[];
  if (typeof event !== 'string') return undefined;
  const argument = values.length === 1 ? argumentOf(json, values[0] ?? null, attachments) : undefined;
  return argument === null ? undefined : { event, ackId: head[2], argument };
}

/** @returns null when a placeholder stands for nothing */
function argumentOf(json: string, value: PythonValue, attachments: readonly Buffer[]): EventArgument | null {
  const name = NAME.exec(json);
  if (name === null) return null;
  const written = json.slice(name[0].length, json.lastIndexOf(']')).trim();
  // What is remembered of it would keep all that it is a part of, blanks by the million.
  const raw = new RawJson(written.length > json.length / 2 ? written : copyOf(written), attachments);
  if (attachments.length === 0) return { value, raw };
  try {
    return { value: withBytes(value, attachments), raw };
  } catch (error) {
    if (error instanceof MissingBytes) return null;
    throw error;
  }
}

function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

class MissingBytes extends Error {}

/** The value with its placeholders replaced by what they stand for. */
function withBytes(value: PythonValue, attachments: readonly Buffer[]): EventValue {
  if (isPythonObject(value)) {
    if (value.get('_placeholder') === true) return bytesOf(value.get('num'), attachments);
    return new Map([...value].map(([key, item]) => [key, withBytes(item, attachments)] as const));
  }
  return Array.isArray(value)
    ? (value as readonly PythonValue[]).map((item) => withBytes(item, attachments))
    : (value as EventValue);
}

function bytesOf(number: PythonValue | undefined, attachments: readonly Buffer[]): Buffer {
  const bytes = typeof number === 'bigint' && number >= 0n ? attachments[Number(number)] : undefined;
  if (bytes === undefined) throw new MissingBytes();
  return bytes;
}

/** An empty acknowledgement (sockets 2). */
export function ackPacket(ackId: string): string {
  return `3${ackId}[]`;
}
