/** What a route answers. Built by the functions here, sent by `send-answer.ts`. */
import type { Readable } from 'node:stream';
import { encodeJson, type JsonAnswer } from '../../../legacy-bridge/values/encode-json.js';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. `content-length` is set when sending, except for streams, whose maker knows it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | BodyStream;
  /** `Set-Cookie` lines, each a header of its own. */
  readonly cookies?: readonly string[];
}

/** A body that is opened only when it will be sent. */
export interface BodyStream {
  readonly length: number;
  open(): Readable;
}

/** JSON in the legacy's form: keys sorted, ASCII only, one newline at the end. */
export function jsonAnswer(
  status: number,
  value: JsonAnswer,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  const body = Buffer.from(`${encodeJson(value)}\n`, 'latin1');
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** An empty 200, as the legacy answers OPTIONS. */
export function optionsAnswer(allow: readonly string[]): HttpAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', allow: allow.join(', ') },
    body: Buffer.alloc(0),
  };
}
