/** How much a session of the package engine.io has read of a message that is not whole yet, by either transport. */
import type { IncomingMessage } from 'node:http';
import type { Socket as Connection } from 'node:net';

/** A transport of engine.io, with what the package keeps to itself. */
interface Reading {
  /** Of polling: the body that is being read. */
  readonly dataReq?: IncomingMessage | null;
  onDataRequest?(request: IncomingMessage, response: object): void;
  /** Ours: how much was read of the last body. */
  bodyLength?: number;
  /** Of a WebSocket, with the connection below it. */
  readonly socket?: { readonly _socket?: Connection | null };
}

interface Session {
  readonly transport: object;
  on(event: 'packet' | 'upgrade', listener: () => void): unknown;
}

/** @param transport one of polling that was just made */
export function countBodies(transport: object): void {
  const reading = transport as Reading;
  const take = reading.onDataRequest?.bind(transport);
  if (take === undefined) throw new TypeError('engine.io’s polling transport has no onDataRequest');
  reading.onDataRequest = (request, response) => {
    reading.bodyLength = 0;
    request.on('data', ({ length }: string | Buffer) => {
      reading.bodyLength = (reading.bodyLength ?? 0) + length;
    });
    take(request, response);
  };
}

/** @returns what tells how much it is now: bytes, or characters of a body */
export function unfinishedBytesOf(session: Session): () => number {
  const reading = (): Reading => session.transport as Reading;
  const readBytes = (): number => reading().socket?._socket?.bytesRead ?? 0;
  /** What the connection had brought when the last message was whole. */
  let wholeBytes = readBytes();
  const note = (): void => {
    wholeBytes = readBytes();
  };
  session.on('packet', note);
  session.on('upgrade', note);
  return () => {
    const { dataReq, bodyLength = 0 } = reading();
    // A connection that has ended brought nothing.
    return dataReq ? bodyLength : Math.max(0, readBytes() - wholeBytes);
  };
}
