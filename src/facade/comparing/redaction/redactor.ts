/**
 * What takes secrets out of everything before it is stored or shown. A redacted value keeps its kind and a short keyed
 * digest, so that equal ones can be seen to be equal: `[redacted:refresh-token:5f0c91ab]`.
 */
import type { Effects } from '../../../legacy-bridge/effects/effects.js';
import type { CapturedAnswer, ComparedRequest } from '../comparison.js';

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** A body as it may be kept. */
export interface RedactedBody {
  /** `json` and `text` are decoded and redacted; `digest` says size and SHA-256 of what is neither. */
  readonly form: 'empty' | 'json' | 'text' | 'digest';
  readonly text: string;
  /** Bytes as sent, before decoding and redaction. */
  readonly size: number;
  /** Characters were cut off beyond the bound on kept bodies. */
  readonly cut: boolean;
}

export interface RedactedRequest {
  readonly requestId: string;
  readonly at: number;
  readonly rowId: string;
  readonly tableVersion: number;
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: RedactedBody;
  readonly caller: ComparedRequest['caller'];
}

export interface RedactedAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: RedactedBody;
}

export interface Redactor {
  request(request: ComparedRequest): RedactedRequest;
  answer(answer: CapturedAnswer): RedactedAnswer;
  effects(effects: Effects): Effects;
  /** Path with query. */
  target(target: string): string;
  headers(headers: HeaderList): HeaderList;
  /** Any JSON value; `key` is the name that it stands under. */
  json(value: unknown, key?: string): unknown;
  /** Any text, by patterns alone; `key` as above. */
  text(text: string, key?: string): string;
}

export interface RedactorOptions {
  /** Keys the digests; at least 16 random bytes, of the process or of the store. Without it digests could be guessed at. */
  readonly key: Buffer;
  /** Header names, in lower case, that hold secrets besides the usual ones. */
  readonly headers?: readonly string[];
  /** Names of JSON fields, columns and query parameters that hold secrets besides the usual ones; any case. */
  readonly keys?: readonly string[];
  /** Forms of secrets besides the usual ones. */
  readonly patterns?: readonly { readonly kind: string; readonly pattern: RegExp }[];
  /** Characters of a body that are kept; default 65,536. */
  readonly mostBody?: number;
}
