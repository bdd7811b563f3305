/** Reads a request's body whole, within a limit. */
import type { IncomingMessage } from 'node:http';
import { EngineError } from '../../domain/engine-error.js';

/**
 * @throws EngineError `body_too_large`: the rest is not read, and the connection closes after the answer;
 * `request_aborted`: the client went away
 */
export async function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = (): EngineError => new EngineError('body_too_large', { detail: `body: at most ${limit} bytes` });
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Leaving the loop must not destroy the message: its connection is needed for the answer.
    for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof EngineError || !message.destroyed) throw error;
    throw new EngineError('request_aborted');
  }
  return Buffer.concat(chunks, length);
}
