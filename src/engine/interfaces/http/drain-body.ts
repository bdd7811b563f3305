/**
 * Reads on what a client still sends when its answer is ready before its body is in. To close the connection on unread bytes
 * would reset it, and the answer be lost on its way: an agent would not hear that its token has expired.
 */
import type { IncomingMessage } from 'node:http';

/** The largest report that any route takes; who sends more is cut off. */
const MOST_BYTES = 32_000_000;
/** Who pauses for so long is not waited for. */
const LONGEST_PAUSE_MS = 1000;

/** @returns whether the body came to its end within the bounds, so that the connection can go on */
export async function drainBody(message: IncomingMessage): Promise<boolean> {
  if (message.complete || !hasBody(message.headers)) return true;
  if (message.destroyed || Number(message.headers['content-length'] ?? 0) > MOST_BYTES) return false;
  return await new Promise((resolve) => {
    let bytes = 0;
    const settle = (whole: boolean) => () => {
      clearTimeout(timer);
      message.off('data', count).off('end', ended).off('close', gone).pause();
      resolve(whole);
    };
    const [ended, gone] = [settle(true), settle(false)];
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      timer.refresh();
      if (bytes > MOST_BYTES) gone();
    };
    const timer = setTimeout(gone, LONGEST_PAUSE_MS);
    message.on('data', count).once('end', ended).once('close', gone).resume();
  });
}

function hasBody(headers: IncomingMessage['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
