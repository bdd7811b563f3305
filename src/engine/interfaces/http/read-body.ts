/** Reads a request's body whole, within a limit. */
import type { IncomingMessage } from 'node:http';
import { EngineError } from '../../domain/engine-error.js';

/** @throws EngineError `body_too_large`; the rest of such a body is not read, and the connection closes after the answer */
export async function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = (): EngineError => new EngineError('body_too_large', { detail: `body: at most ${limit} bytes` });
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
