/** A body as its readers see it: content encodings undone, within bounds, then JSON, text or bytes. */

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { CapturedAnswer } from '../comparison.js';
import { headerValues } from './header-values.js';
import { type JsonValue, readJson } from './json-document.js';

export type DecodedBody =
  | { readonly form: 'json'; readonly json: JsonValue }
  | { readonly form: 'text'; readonly text: string }
  /** No text, or too large to be compared by structure; `what` names it by size and digest. */
  | { readonly form: 'bytes'; readonly what: string; readonly tooLarge: boolean }
  /** Not what its content encoding says. */
  | { readonly form: 'broken'; readonly what: string };

type DecodedBytes =
  | { readonly is: 'whole'; readonly bytes: Buffer }
  | { readonly is: 'broken'; readonly encoding: string }
  | { readonly is: 'too-large'; readonly encoding: string };

/** @param mostBytes that are decoded and looked into */
export function decodeBody(answer: Pick<CapturedAnswer, 'headers' | 'body'>, mostBytes: number): DecodedBody {
  const decoded = undoEncodings(answer, mostBytes);
  if (decoded.is === 'broken') return { form: 'broken', what: `broken ${decoded.encoding}, ${bytesName(answer.body)}` };
  if (decoded.is === 'too-large' || decoded.bytes.length > mostBytes)
    return { form: 'bytes', what: bytesName(decoded.is === 'whole' ? decoded.bytes : answer.body), tooLarge: true };
  const { bytes } = decoded;
  if (!isUtf8(bytes)) return { form: 'bytes', what: bytesName(bytes), tooLarge: false };
  const text = bytes.toString('utf8');
  const json = looksLikeJson(text, answer) ? readJson(text) : undefined;
  return json === undefined ? { form: 'text', text } : { form: 'json', json };
}

/** Size and digest: enough to see whether two are equal, and nothing of what they hold. */
export function bytesName(bytes: Buffer): string {
  return `${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
}

function looksLikeJson(text: string, answer: Pick<CapturedAnswer, 'headers'>): boolean {
  return /^\s*[[{]/.test(text) || headerValues(answer.headers, 'content-type').some((type) => /\bjson\b/i.test(type));
}

/** In the reverse of the order in which they were applied (RFC 9110 8.4). Unknown ones are left as they are. */
function undoEncodings({ headers, body }: Pick<CapturedAnswer, 'headers' | 'body'>, most: number): DecodedBytes {
  const encodings = headerValues(headers, 'content-encoding').join(',').toLowerCase().split(',');
  let bytes = body;
  for (const encoding of encodings.map((name) => name.trim()).reverse()) {
    const undo = DECODERS[encoding];
    if (undo === undefined || body.length === 0) continue;
    try {
      bytes = undo(bytes, most);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
      return { is: error.code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'broken', encoding };
    }
  }
  return { is: 'whole', bytes };
}

const DECODERS: Readonly<Record<string, ((bytes: Buffer, maxOutputLength: number) => Buffer) | undefined>> = {
  gzip: (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength }),
  'x-gzip': (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength }),
  br: (bytes, maxOutputLength) => brotliDecompressSync(bytes, { maxOutputLength }),
  // "deflate" means the zlib form, yet some servers send it bare.
  deflate: (bytes, maxOutputLength) =>
    ((bytes[0] ?? 0) & 0x0f) === 8
      ? inflateSync(bytes, { maxOutputLength })
      : inflateRawSync(bytes, { maxOutputLength }),
};
