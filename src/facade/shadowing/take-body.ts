/** Reads a request body into memory before it goes to a side, as long as it is small and there soon. */
import type { IncomingMessage } from 'node:http';
import type { DropReason } from '../comparing/drop-reason.js';
import type { TakenBody } from '../forwarding/request-body.js';
import type { KeptBytes } from './kept-bytes.js';

/** @property refused why the body is not whole; what was read of it must go first all the same */
export type TakeResult = TakenBody & { readonly refused: DropReason | undefined };

/**
 * Afterwards the request is paused and holds no listener of this function: whoever forwards it reads on.
 * @param kept what counts the bytes; a body that it refuses is still handed back as far as it was read
 * @param waitMs longest wait for the end, milliseconds
 */
export function takeBody(req: IncomingMessage, kept: KeptBytes, waitMs: number): Promise<TakeResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const settle = (complete: boolean, refused: DropReason | undefined): void => {
      clearTimeout(timer);
      req.pause();
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      resolve({ bytes: Buffer.concat(chunks), complete, refused });
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (!kept.add(chunk)) settle(false, kept.refused);
    };
    const onEnd = (): void => settle(true, undefined);
    const onClose = (): void => settle(false, 'client_gone');
    const timer = setTimeout(() => settle(false, 'request_slow'), waitMs);
    if (req.destroyed) onClose();
    else req.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}
