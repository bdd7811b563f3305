/** Reads an Engine.IO session's id and timing from the beginning of a polling answer. Knows no session and no side. */
import { constants, gunzipSync, inflateSync } from 'node:zlib';

/** What a session's first answer says (Engine.IO protocol 4: `0{"sid":…,"pingInterval":…,"pingTimeout":…}`). */
export interface PollingHandshake {
  readonly sid: string;
  /** Milliseconds; the protocol's defaults when the answer leaves them out. */
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

export const DEFAULT_PING_INTERVAL_MS = 25_000;
export const DEFAULT_PING_TIMEOUT_MS = 20_000;

/** A handshake has some 120 bytes. What is longer than this is something else. */
const MOST_BYTES = 8_192;
const PACKET_SEPARATOR = '\u001e';

/** Takes an answer's chunks as they pass by, until the handshake is complete or the answer can't be one. */
export class HandshakeReader {
  readonly #encoding: string;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #done = false;

  /** @param encoding the answer's `Content-Encoding`, if any */
  constructor(encoding = '') {
    this.#encoding = encoding.trim().toLowerCase();
  }

  /** @returns the handshake with the chunk that completes it; undefined before, after, and when there is none */
  push(chunk: Buffer): PollingHandshake | undefined {
    if (this.#done) return undefined;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const text = decode(Buffer.concat(this.#chunks), this.#encoding);
    const handshake = text === undefined ? undefined : parseHandshake(text);
    if (handshake !== undefined || this.#length > MOST_BYTES) {
      this.#done = true;
      this.#chunks.length = 0;
    }
    return handshake;
  }
}

/** @returns undefined when the bytes are not readable yet, or never will be */
function decode(bytes: Buffer, encoding: string): string | undefined {
  // What there is so far is read, though the stream has not ended.
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_BYTES };
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') return gunzipSync(bytes, options).toString('latin1');
    if (encoding === 'deflate') return inflateSync(bytes, options).toString('latin1');
  } catch {
    // Half a header, a foreign format, or too much of it: all mean "no handshake seen", which only costs the pin.
    return undefined;
  }
  return bytes.toString('latin1');
}

/**
 * Tolerant on purpose: also finds a handshake in a JSONP answer (quotes escaped), with any order and number of fields
 * and with other packets behind it.
 *
 * @returns undefined unless the whole packet is there
 */
export function parseHandshake(text: string): PollingHandshake | undefined {
  const open = /^(?:___eio\[\d+\]\(")?0(\{[^}]*\})/.exec(text.split(PACKET_SEPARATOR, 1)[0] ?? '');
  const fields = open?.[1]?.replaceAll('\\"', '"');
  const sid = fields === undefined ? undefined : /"sid"\s*:\s*"([^"\\]{1,128})"/.exec(fields)?.[1];
  if (fields === undefined || sid === undefined) return undefined;
  return {
    sid,
    pingIntervalMs: positive(fields, 'pingInterval') ?? DEFAULT_PING_INTERVAL_MS,
    pingTimeoutMs: positive(fields, 'pingTimeout') ?? DEFAULT_PING_TIMEOUT_MS,
  };
}

function positive(fields: string, name: string): number | undefined {
  const digits = new RegExp(`"${name}"\\s*:\\s*(\\d{1,9})`).exec(fields)?.[1];
  const value = Number(digits);
  return digits === undefined || value === 0 ? undefined : value;
}
