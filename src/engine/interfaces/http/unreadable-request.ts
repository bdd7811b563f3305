/** Answers what Node's parser refuses before a route could: unknown methods as the legacy does, all else with a plain word. */
import type { Duplex } from 'node:stream';
import type { UrlMap } from '../../../legacy-bridge/url-map/url-map.js';
import { methodNotAllowedPage } from './error-pages.js';
import { type HttpAnswer, jsonAnswer } from './http-answer.js';

export type UnreadableRequestHandler = (error: ParserError, socket: Duplex) => void;

/** What Node hands over with `clientError`. */
export interface ParserError extends Error {
  readonly code?: string;
  /** Bytes that the parser stood at. */
  readonly rawPacket?: Buffer;
}

const REQUEST_LINE = /^[!#$%&'*+\-.^_`|~\w]+ (\/[^ ?]*)(?:\?[^ ]*)? HTTP\/1\.[01]\r?\n/;

/** The connection ends after the answer: nobody knows where the next request would begin. */
export function unreadableRequestHandler(routes: UrlMap<unknown>): UnreadableRequestHandler {
  return (error, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const { status, headers, body } = answerTo(error, routes);
    const head = Object.entries({ ...headers, 'content-length': String(body.length), connection: 'close' })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${status} ${reason(status)}\r\n${head}\r\n`, 'latin1'), body]));
  };
}

function answerTo({ code, rawPacket }: ParserError, routes: UrlMap<unknown>): HttpAnswer & { readonly body: Buffer } {
  if (code === 'HPE_INVALID_METHOD') {
    const [, path] = REQUEST_LINE.exec(rawPacket?.toString('latin1') ?? '') ?? [];
    if (path !== undefined) return whole(methodNotAllowedPage(routes.allowedMethods(path)));
  }
  if (code === 'HPE_HEADER_OVERFLOW') return whole(jsonAnswer(431, { error: 'headers_too_large' }));
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return whole(jsonAnswer(408, { error: 'request_timeout' }));
  return whole(jsonAnswer(400, { error: 'bad_request' }));
}

/** These answers are never streams. */
function whole(answer: HttpAnswer): HttpAnswer & { readonly body: Buffer } {
  if (!Buffer.isBuffer(answer.body)) throw new TypeError('expected a whole body');
  return { ...answer, body: answer.body };
}

function reason(status: number): string {
  return (
    { 400: 'Bad Request', 405: 'Method Not Allowed', 408: 'Request Timeout' }[status] ??
    'Request Header Fields Too Large'
  );
}
