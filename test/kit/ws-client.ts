/** A bare Socket.IO client on `ws` that keeps every frame it gets, so that tests can watch the wire. */
import { once } from 'node:events';
import WebSocket, { type ClientOptions } from 'ws';

export interface WireClient {
  readonly socket: WebSocket;
  /** Text frames as received; `<binary N>` stands for a binary frame of N bytes. */
  readonly frames: readonly string[];
  /** How the connection ended. */
  readonly closed: Promise<{ readonly code: number; readonly atMs: number }>;
  /** Milliseconds from sending `40` to its answer. */
  readonly joinedMs: number;
  send(text: string): void;
  /** The first frame that satisfies `matches`, past or future. */
  frame(matches: (frame: string) => boolean): Promise<string>;
}

/** Connects by websocket and joins the default namespace. */
export async function openWireClient(url: string, options: ClientOptions = {}, query = ''): Promise<WireClient> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket.io/?transport=websocket&EIO=4${query}`, options);
  const frames: string[] = [];
  const waiting = new Set<(frame: string) => void>();
  socket.on('message', (data: Buffer, isBinary) => {
    const frame = isBinary ? `<binary ${data.length}>` : data.toString();
    frames.push(frame);
    if (frame === '2') socket.send('3');
    for (const take of waiting) take(frame);
  });
  const closed = new Promise<{ code: number; atMs: number }>((resolve) => {
    socket.once('close', (code) => resolve({ code, atMs: performance.now() }));
  });
  const frame = (matches: (frame: string) => boolean): Promise<string> =>
    new Promise((resolve) => {
      const known = frames.find(matches);
      if (known !== undefined) return resolve(known);
      const take = (candidate: string): void => {
        if (!matches(candidate)) return;
        waiting.delete(take);
        resolve(candidate);
      };
      waiting.add(take);
    });
  await once(socket, 'open');
  // From here on errors are told by `closed`.
  socket.on('error', () => {});
  await frame((text) => text.startsWith('0{'));
  const askedAt = performance.now();
  socket.send('40{}');
  await frame((text) => text.startsWith('40{'));
  const joinedMs = performance.now() - askedAt;
  return { socket, frames, closed, joinedMs, send: (text) => socket.send(text), frame };
}

/** Frames after which an agent would never connect again: Socket.IO disconnect, Engine.IO close. */
export function lethalFrames(client: Pick<WireClient, 'frames'>): readonly string[] {
  return client.frames.filter((frame) => /^(41|1)/.test(frame));
}

/** Opens many clients at once. */
export function openWireClients(url: string, count: number): Promise<WireClient[]> {
  return Promise.all(Array.from({ length: count }, () => openWireClient(url)));
}
