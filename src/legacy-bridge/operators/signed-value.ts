/**
 * Values that the legacy's library signs and dates: `PAYLOAD.TIME.SIGNATURE` (operators 2). The form alone; which key and
 * what age a kind of value has is for its own file to say.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';

/** What a reader demands of a signed value. */
export interface SignedValueTerms {
  readonly key: Buffer;
  /** Oldest accepted, in seconds; a value of exactly this age is accepted. */
  readonly maxAgeSeconds: number;
  /** Epoch seconds. A value from the future is refused. */
  readonly nowSeconds: number;
}

/** Longest payload after inflating, in bytes: some sixty times what fits into a browser's cookie. */
export const MOST_PAYLOAD_BYTES = 262_144;
const BASE64URL = /^[\w-]*$/;
/** Six bytes count seconds for nine million years. */
const MOST_TIME_BYTES = 6;

/** @param payload deflated where that makes it shorter by more than one byte */
export function sealValue(payload: Buffer, key: Buffer, nowSeconds: number): string {
  const deflated = deflateSync(payload, { level: 6 });
  const encoded =
    deflated.length < payload.length - 1 ? `.${deflated.toString('base64url')}` : payload.toString('base64url');
  const signed = `${encoded}.${timeBytes(nowSeconds).toString('base64url')}`;
  return `${signed}.${signatureOf(signed, key)}`;
}

/** @returns the payload; undefined for what is not signed with this key, is too old, from the future, or no such value */
export function openValue(value: string, { key, maxAgeSeconds, nowSeconds }: SignedValueTerms): Buffer | undefined {
  const { head: signed, tail: signature } = cutAtLastDot(value);
  // Nothing is decoded before the signature holds.
  if (!sameText(signature, signatureOf(signed, key))) return undefined;
  const { head: encoded, tail: time } = cutAtLastDot(signed);
  const seconds = readTime(time);
  if (seconds === undefined || seconds > nowSeconds || nowSeconds - seconds > maxAgeSeconds) return undefined;
  return encoded.startsWith('.') ? inflated(encoded.slice(1)) : decoded(encoded);
}

/** Compared as text, so that loose bits of its last character make another signature; in constant time. */
function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function signatureOf(signed: string, key: Buffer): string {
  return createHmac('sha1', key).update(signed).digest('base64url');
}

function cutAtLastDot(text: string): { readonly head: string; readonly tail: string } {
  const at = text.lastIndexOf('.');
  return at < 0 ? { head: '', tail: '' } : { head: text.slice(0, at), tail: text.slice(at + 1) };
}

/** The shortest big-endian bytes. */
function timeBytes(seconds: number): Buffer {
  const hex = seconds.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

function readTime(text: string): number | undefined {
  const bytes = decoded(text);
  if (bytes === undefined || bytes.length > MOST_TIME_BYTES) return undefined;
  return bytes.length === 0 ? 0 : bytes.readUIntBE(0, bytes.length);
}

function decoded(text: string): Buffer | undefined {
  return BASE64URL.test(text) ? Buffer.from(text, 'base64url') : undefined;
}

function inflated(text: string): Buffer | undefined {
  const bytes = decoded(text);
  if (bytes === undefined) return undefined;
  try {
    return inflateSync(bytes, { maxOutputLength: MOST_PAYLOAD_BYTES });
  } catch (error) {
    // Whatever zlib or the bound object to, by a code: it is no value of ours.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
