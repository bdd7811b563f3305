/** Writes an answer to the connection: lengths, HEAD, streams with backpressure, unread bodies. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EngineLog } from '../../logging/engine-log.js';
import { drainBody } from './drain-body.js';
import type { BodyStream, HttpAnswer } from './http-answer.js';

export async function sendAnswer(
  message: IncomingMessage,
  response: ServerResponse,
  answer: HttpAnswer,
  log: EngineLog,
): Promise<void> {
  const { status, body } = answer;
  if (response.destroyed) return;
  // A body that is not read to its end would be taken for the next request of the connection.
  if (!(await drainBody(message))) response.shouldKeepAlive = false;
  if (response.destroyed) return;
  const withoutBody = sentWithoutBody(message.method, status);
  response.writeHead(status, sentHeaders(answer));
  if (Buffer.isBuffer(body)) {
    response.end(withoutBody ? undefined : body);
  } else if (withoutBody) {
    response.end();
  } else {
    await stream(response, body, log);
  }
}

/** All headers of an answer, its length included. */
export function sentHeaders({ status, headers, body, cookies = [] }: HttpAnswer): OutgoingHttpHeaders {
  return {
    ...headers,
    ...(cookies.length === 0 ? {} : { 'set-cookie': [...cookies] }),
    ...(status === 304 ? {} : { 'content-length': body.length }),
  };
}

export function sentWithoutBody(method: string | undefined, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

/** A source that fails midway, or ends early, must not look like a whole answer: pipeline destroys the connection. */
async function stream(response: ServerResponse, { length, open }: BodyStream, log: EngineLog): Promise<void> {
  try {
    await pipeline(open(), (source: Readable) => exactly(length, source), response);
  } catch (error) {
    log.debug(`answer-cut-off ${String(error)}`);
  }
}

async function* exactly(length: number, source: Readable): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    sent += chunk.length;
    yield chunk;
  }
  if (sent !== length) throw new Error(`the source had ${sent} of ${length} bytes`);
}
