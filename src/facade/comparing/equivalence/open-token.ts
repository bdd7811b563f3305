/**
 * What is inside of values that carry their contents with them: JSON Web Tokens, the values that the legacy's library signs, and
 * Fernet tokens. They are opened without any key, to be compared by their parts; whether they hold is not judged here.
 */
import { inflateSync } from 'node:zlib';
import { JsonNumber, JsonObject, type JsonValue, readJson } from '../compare/json-document.js';

export interface OpenToken {
  readonly kind: 'jwt' | 'signed-value' | 'fernet';
  /** Compared by structure; clocks and ids in it by the usual equivalences. */
  readonly parts: JsonObject;
  /** Follows from what was signed: must be equal where that is. Undefined where it is random. */
  readonly signature: string | undefined;
  /** The very text that was signed; the same parts can be written in another order. */
  readonly signed: string;
}

const MOST_PAYLOAD_BYTES = 65_536;
const DOTTED = /^\.?[\w-]+(?:\.[\w-]*){2}$/;
const FERNET = /^gAAAA[\w-]{80,}={0,2}$/;
const FERNET_HEAD_BYTES = 9;

/** @returns undefined for what is no such value */
export function openToken(text: string): OpenToken | undefined {
  if (text.length < 20 || text.length > MOST_PAYLOAD_BYTES) return undefined;
  if (text.startsWith('gAAAA')) return openFernet(text);
  return DOTTED.test(text) ? (openJwt(text) ?? openSigned(text)) : undefined;
}

function openJwt(text: string): OpenToken | undefined {
  const [head = '', claims = '', signature = ''] = text.split('.');
  const header = jsonIn(Buffer.from(head, 'base64url'));
  const payload = jsonIn(Buffer.from(claims, 'base64url'));
  if (!(header instanceof JsonObject) || !(payload instanceof JsonObject) || !header.index.has('alg')) return undefined;
  return {
    kind: 'jwt',
    parts: new JsonObject(['header', 'claims'], [header, payload]),
    signature,
    signed: `${head}.${claims}`,
  };
}

function openSigned(text: string): OpenToken | undefined {
  const deflated = text.startsWith('.');
  const [payload = '', time = '', signature = ''] = (deflated ? text.slice(1) : text).split('.');
  const bytes = Buffer.from(payload, 'base64url');
  const json = jsonIn(deflated ? inflated(bytes) : bytes);
  const clock = Buffer.from(time, 'base64url');
  if (json === undefined || clock.length < 4 || clock.length > 6) return undefined;
  const seconds = new JsonNumber(String(clock.readUIntBE(0, clock.length)));
  return {
    kind: 'signed-value',
    parts: new JsonObject(['payload', 'time'], [json, seconds]),
    signature,
    signed: `${payload}.${time}`,
  };
}

function openFernet(text: string): OpenToken | undefined {
  if (!FERNET.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < FERNET_HEAD_BYTES) return undefined;
  const seconds = new JsonNumber(bytes.readBigUInt64BE(1).toString());
  const length = new JsonNumber(String(bytes.length));
  return {
    kind: 'fernet',
    parts: new JsonObject(['time', 'length'], [seconds, length]),
    signature: undefined,
    signed: '',
  };
}

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateSync(bytes, { maxOutputLength: MOST_PAYLOAD_BYTES });
  } catch (error) {
    // Whatever zlib objects to, by a code: it is no such value.
    if (error instanceof Error && 'code' in error) return Buffer.alloc(0);
    throw error;
  }
}

function jsonIn(bytes: Buffer): JsonValue | undefined {
  return bytes.length === 0 ? undefined : readJson(bytes.toString('utf8'));
}
