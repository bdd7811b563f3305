/**
 * Reads the head of a Socket.IO packet (protocol 5) and, of an event, its name: as much as routing needs. Reads only; the
 * data behind the head is never parsed, so that what passes through stays what the client wrote.
 */

/** Packet types by their digit. */
export const PACKET = {
  connect: 0,
  disconnect: 1,
  event: 2,
  ack: 3,
  connectError: 4,
  binaryEvent: 5,
  binaryAck: 6,
} as const;

/** Where the parts of a packet stand. */
export interface PacketHead {
  readonly type: number;
  /** Binary messages that follow and belong to it. */
  readonly attachments: number;
  /** `/` unless the packet names another. */
  readonly namespace: string;
  /** Whether an acknowledgement is asked for, or given. */
  readonly hasAckId: boolean;
  /** Index of the acknowledgement id, or where it would stand. */
  readonly ackAt: number;
  /** Index of the data. */
  readonly dataAt: number;
}

/** Names of events are short; a text longer than this is none that a row could name. */
const LONGEST_NAME = 256;
/** Digits of an attachment count. No packet has as many as that. */
const LONGEST_COUNT = 9;

/** What an agent says of being there has some 200 characters. */
const LONGEST_PRESENCE = 4_096;

const ZERO = 0x30;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const DASH = 0x2d;
const BRACKET = 0x5b;

/** @returns undefined for a text that is no packet, which is for the legacy to ignore */
export function readPacketHead(text: string): PacketHead | undefined {
  const type = text.charCodeAt(0) - ZERO;
  if (!(type >= PACKET.connect && type <= PACKET.binaryAck)) return undefined;
  let at = 1;
  let attachments = 0;
  if (isBinary(type)) {
    const dash = endOfDigits(text, at);
    if (dash === at || dash - at > LONGEST_COUNT || text.charCodeAt(dash) !== DASH) return undefined;
    attachments = Number(text.slice(at, dash));
    at = dash + 1;
  }
  let namespace = '/';
  if (text.charCodeAt(at) === SLASH) {
    const comma = text.indexOf(',', at);
    const end = comma < 0 ? text.length : comma;
    namespace = text.slice(at, end).split('?', 1)[0] ?? '/';
    at = Math.min(end + 1, text.length);
  }
  const dataAt = endOfDigits(text, at);
  return { type, attachments, namespace, hasAckId: dataAt > at, ackAt: at, dataAt };
}

/** Whether packets of this type are followed by attachments. */
export function isBinary(type: number): boolean {
  return type === PACKET.binaryEvent || type === PACKET.binaryAck;
}

/** @returns the number of binary messages that follow a message: 0 for all but the heads of binary packets */
export function attachmentsOf(text: string): number {
  return isBinary(text.charCodeAt(0) - ZERO) ? (readPacketHead(text)?.attachments ?? 0) : 0;
}

/** @returns the event's name; undefined when the data does not begin with one */
export function eventName(text: string, { dataAt }: Pick<PacketHead, 'dataAt'>): string | undefined {
  const bracket = endOfBlanks(text, dataAt);
  if (text.charCodeAt(bracket) !== BRACKET) return undefined;
  const quote = endOfBlanks(text, bracket + 1);
  if (text.charCodeAt(quote) !== QUOTE) return undefined;
  const last = Math.min(text.length, quote + LONGEST_NAME);
  for (let at = quote + 1; at < last; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return parsedName(text.slice(quote, at + 1));
  }
  return undefined;
}

/** The same packet without its acknowledgement id. */
export function withoutAckId(text: string, { hasAckId, ackAt, dataAt }: PacketHead): string {
  return hasAckId ? text.slice(0, ackAt) + text.slice(dataAt) : text;
}

/** The socket's id in its namespace, which the answer to joining tells (`0{"sid":"…"}`). */
export function joinedSocket(text: string, { dataAt }: PacketHead): string | undefined {
  try {
    const sid: unknown = (JSON.parse(text.slice(dataAt)) as { sid?: unknown } | null)?.sid;
    return typeof sid === 'string' ? sid : undefined;
  } catch {
    return undefined; // No JSON: then nobody has joined.
  }
}

/** The `agent_id` of an event of presence, shortened for showing; the event is small, or nobody's to show. */
export function claimedAgentId(text: string, { dataAt }: PacketHead): string | undefined {
  if (text.length - dataAt > LONGEST_PRESENCE) return undefined;
  try {
    const id: unknown = (JSON.parse(text.slice(dataAt)) as [unknown, { agent_id?: unknown } | null])[1]?.agent_id;
    return typeof id === 'string' ? id.slice(0, LONGEST_NAME) : undefined;
  } catch {
    return undefined; // No JSON, or no such event: whoever handles it says so.
  }
}

function parsedName(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined; // A bad escape: the packet is malformed, and the legacy ignores it.
  }
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= ZERO + 9) at += 1;
  return at;
}

/** JSON's blanks. */
function endOfBlanks(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code === 0x20 || (code >= 0x09 && code <= 0x0d); code = text.charCodeAt(at))
    at += 1;
  return at;
}
