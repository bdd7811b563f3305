/**
 * A side that behaves, or fails, as told: a bare TCP server that reads requests byte by byte and writes what a test
 * wrote down. Bare, because a proper HTTP server would mend what the tests must see.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A request as it stood on the wire. */
export interface SeenRequest {
  readonly line: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** Decoded body. */
  readonly body: Buffer;
  /** Which connection brought it, counted from 1. */
  readonly connection: number;
  /** How many requests the connection had brought before. */
  readonly nth: number;
}

/** Answers one request by writing to the socket. Text is latin1. */
export type Reply = (request: SeenRequest, socket: Socket) => void | Promise<void>;

export interface Upstream {
  readonly port: number;
  readonly origin: string;
  /** Requests whose head arrived, in order. */
  readonly seen: SeenRequest[];
  /** Connections open now. */
  readonly sockets: ReadonlySet<Socket>;
  /** Connections accepted so far. */
  connections(): number;
  /** Resolves with the nth request (1 is the first). */
  request(nth: number): Promise<SeenRequest>;
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** A whole answer with a JSON body. */
export function json(value: unknown, status = '200 OK', headers = ''): string {
  const body = JSON.stringify(value);
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** @param reply text to write for each request, or what to do. `onHead` is called before the body is read. */
export async function startUpstream(
  reply: string | Reply,
  options: { readonly onHead?: Reply; readonly listen?: string } = {},
): Promise<Upstream> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let accepted = 0;
  const notify = (): void => {
    for (const wake of [...waiting]) wake();
  };
  const server: Server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      notify();
    });
    void readRequests(socket, accepted, options.onHead, async (request) => {
      seen.push(request);
      notify();
      if (typeof reply === 'string') socket.write(Buffer.from(reply, 'latin1'));
      else await reply(request, socket);
    });
  });
  await new Promise<void>((resolve) =>
    options.listen === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(options.listen, resolve),
  );
  const until = async (test: () => boolean): Promise<void> => {
    while (!test())
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
  };
  const port = options.listen === undefined ? (server.address() as AddressInfo).port : 0;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    seen,
    sockets,
    connections: () => accepted,
    request: async (nth) => {
      await until(() => seen.length >= nth);
      return seen[nth - 1] as SeenRequest;
    },
    idle: () => until(() => sockets.size === 0),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function readRequests(
  socket: Socket,
  connection: number,
  onHead: Reply | undefined,
  onRequest: (request: SeenRequest) => Promise<void>,
): Promise<void> {
  const reader = new Reader(socket);
  for (let nth = 0; ; nth += 1) {
    const head = await reader.until('\r\n\r\n');
    if (head === undefined) return;
    const [line = '', ...lines] = head.slice(0, -4).split('\r\n');
    const headers = lines.flatMap((one) => [one.slice(0, one.indexOf(':')), one.slice(one.indexOf(':') + 1).trim()]);
    await onHead?.({ line, headers, body: Buffer.alloc(0), connection, nth }, socket);
    const body = await readBody(reader, headers);
    if (body === undefined) return;
    await onRequest({ line, headers, body, connection, nth });
  }
}

async function readBody(reader: Reader, headers: readonly string[]): Promise<Buffer | undefined> {
  const value = (name: string): string | undefined => {
    const at = headers.findIndex((one, index) => index % 2 === 0 && one.toLowerCase() === name);
    return at === -1 ? undefined : headers[at + 1];
  };
  if (value('transfer-encoding') !== 'chunked') return reader.bytes(Number(value('content-length') ?? 0));
  const parts: Buffer[] = [];
  for (;;) {
    const size = Number.parseInt((await reader.until('\r\n')) ?? '', 16);
    if (Number.isNaN(size)) return undefined;
    const chunk = await reader.bytes(size);
    if (chunk === undefined || (await reader.until('\r\n')) === undefined) return undefined;
    if (size === 0) return Buffer.concat(parts);
    parts.push(chunk);
  }
}

/** Takes text and bytes off a socket; undefined at its end. */
class Reader {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      this.#wake();
    });
    socket.on('close', () => this.#end());
    socket.on('end', () => this.#end());
  }

  async until(mark: string): Promise<string | undefined> {
    for (;;) {
      const at = this.#buffer.indexOf(mark);
      if (at !== -1) return this.#take(at + mark.length).toString('latin1');
      if (!(await this.#more())) return undefined;
    }
  }

  async bytes(length: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#buffer.length === 0 && !(await this.#more())) return undefined;
      const part = this.#take(Math.min(missing, this.#buffer.length));
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    this.#socket.resume();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return !this.#ended || this.#buffer.length > 0;
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }
}
