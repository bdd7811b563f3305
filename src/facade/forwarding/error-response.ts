/** The one way in which the facade answers in its own name: JSON, with a code and a request id, and never with a 401, a redirect or a cookie. */
import type { ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** An answer of the facade's own. */
export interface FacadeAnswer {
  /** 4xx or 5xx, never 401: an agent that meets one deletes its tokens (contract/agent-protocol.md 6.1). */
  readonly status: number;
  readonly code: string;
  /** Public sentence. */
  readonly reason: string;
  readonly requestId: string;
  /** Seconds for `Retry-After`. */
  readonly retryAfter?: number | undefined;
  /** Ends the connection after the answer: what follows on it can't be trusted or is not wanted. */
  readonly close?: boolean;
  /** Further headers, flat. */
  readonly headers?: readonly string[];
}

/** Writes the answer unless one has begun. @returns bytes of body written */
export function answerError(res: ServerResponse, answer: FacadeAnswer): number {
  if (res.headersSent || res.destroyed) return 0;
  const body = bodyOf(answer);
  if (answer.close === true) res.shouldKeepAlive = false;
  res.sendDate = true;
  res.writeHead(answer.status, headersOf(answer, body));
  res.end(body);
  return body.length;
}

/** The same answer on a bare connection, for requests that never became one. Closes it. */
export function answerErrorRaw(socket: Socket, answer: FacadeAnswer): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = bodyOf(answer);
  const headers = [...headersOf(answer, body), 'Connection', 'close'];
  let head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Error'}\r\n`;
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
  socket.end(Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body]), () => socket.destroySoon());
}

function bodyOf({ code, reason, requestId }: FacadeAnswer): Buffer {
  return Buffer.from(`${JSON.stringify({ error: code, reason, requestId })}\n`);
}

function headersOf(answer: FacadeAnswer, body: Buffer): string[] {
  const headers = [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(body.length),
    'Cache-Control',
    'no-store',
  ];
  headers.push('X-Request-Id', answer.requestId);
  if (answer.retryAfter !== undefined) headers.push('Retry-After', String(answer.retryAfter));
  if (answer.headers !== undefined) headers.push(...answer.headers);
  return headers;
}
