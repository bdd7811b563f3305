/** A side made of plain TCP that does exactly what a test says, and a plain TCP client: for what no library would send. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The answer to a handshake that these tests accept without checking its key. */
export const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n';

export interface TcpSide {
  readonly url: string;
  /** Heads of the requests received, as sent. */
  readonly heads: readonly string[];
  /** Open connections. */
  readonly open: ReadonlySet<Socket>;
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param answer called with each connection once its request's head is there
 * @param polite the side reads on and ends its half when the client does; else it does nothing of its own
 */
export async function startTcpSide(
  answer: (socket: Socket, head: string) => void,
  polite: () => boolean = () => true,
): Promise<TcpSide> {
  const heads: string[] = [];
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(socket);
      server.emit('gone');
    });
    void readHead(socket).then((head) => {
      if (head === undefined) {
        socket.destroy();
        return;
      }
      heads.push(head);
      answer(socket, head);
      if (!polite()) return;
      socket.once('end', () => socket.end());
      socket.resume();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heads,
    open,
    idle: async () => {
      while (open.size > 0) await once(server, 'gone');
    },
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readHead(socket: Socket): Promise<string | undefined> {
  let text = '';
  for (;;) {
    const end = text.indexOf('\r\n\r\n');
    if (end >= 0) {
      if (text.length > end + 4) socket.unshift(Buffer.from(text.slice(end + 4), 'latin1'));
      return text.slice(0, end + 4);
    }
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) text += chunk.toString('latin1');
    else if (socket.readableEnded || socket.destroyed) return undefined;
    else
      await Promise.race(['readable', 'end', 'close'].map((event) => new Promise((next) => socket.once(event, next))));
  }
}

export interface TcpClient {
  readonly socket: Socket;
  /** All that was received so far, as latin1. */
  text(): string;
  /** Resolves when the text holds `part`. */
  received(part: string): Promise<void>;
  /** All that was received up to the end of the connection, and whether it ended by a reset. */
  readonly ended: Promise<{ readonly text: string; readonly reset: boolean }>;
}

export async function openTcpClient(port: number, send: string): Promise<TcpClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  let reset = false;
  socket.on('error', () => {
    reset = true;
  });
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  const ended = new Promise<{ text: string; reset: boolean }>((resolve) => {
    socket.once('end', () => {
      resolve({ text, reset });
      socket.end();
    });
    socket.once('close', () => resolve({ text, reset }));
  });
  await once(socket, 'connect');
  socket.write(send, 'latin1');
  return {
    socket,
    text: () => text,
    received: async (part) => {
      while (!text.includes(part)) {
        if (socket.destroyed) throw new Error(`the connection ended before ${part} came: ${text}`);
        await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      }
    },
    ended,
  };
}

/** A handshake as an agent sends it. */
export function handshake(extra: readonly string[] = [], target = '/socket.io/?transport=websocket&EIO=4'): string {
  return [
    `GET ${target} HTTP/1.1`,
    'Host: facade.example:5000',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...extra,
    '\r\n',
  ].join('\r\n');
}
