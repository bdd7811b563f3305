/** A TCP client that says exactly what it is told, and reads answers without repairing them. */
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

/** An answer as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn, as sent. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Lines after the last chunk. */
  readonly trailers: readonly string[];
}

/** Values of a header, any case. */
export function valuesOf(headers: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2)
    if (headers[at]?.toLowerCase() === name.toLowerCase()) values.push(headers[at + 1] ?? '');
  return values;
}

export class RawClient {
  readonly socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#notify();
    });
    socket.on('error', () => this.#notify());
    socket.on('close', () => {
      this.#ended = true;
      this.#notify();
    });
  }

  static async connect(port: number, tls?: ConnectionOptions): Promise<RawClient> {
    const socket = tls === undefined ? connect(port, '127.0.0.1') : connectTls({ port, host: '127.0.0.1', ...tls });
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once(tls === undefined ? 'connect' : 'secureConnect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Writes text as latin1. */
  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    return this;
  }

  /** Everything received so far, as latin1. */
  get received(): string {
    return this.#buffer.toString('latin1');
  }

  /** Resolves when the received text satisfies the test; rejects when the connection ends first. */
  async until(test: (received: string) => boolean): Promise<string> {
    while (!test(this.received)) {
      if (this.#ended) throw new Error(`connection ended after: ${JSON.stringify(this.received.slice(0, 500))}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return this.received;
  }

  /** Resolves with all that came, once the connection is closed. */
  async ended(): Promise<string> {
    while (!this.#ended) await new Promise<void>((resolve) => this.#wake.push(resolve));
    return this.received;
  }

  /** Reads one answer off the connection. @param method of the request, since answers to HEAD have no body */
  async answer(method = 'GET'): Promise<RawAnswer> {
    const received = await this.until((text) => text.includes('\r\n\r\n') || this.#ended);
    const end = received.indexOf('\r\n\r\n');
    const [line = '', ...lines] = received.slice(0, end).split('\r\n');
    const [, status = '0', statusText = ''] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(line) ?? [];
    const headers = lines.flatMap((one) => [one.slice(0, one.indexOf(':')), one.slice(one.indexOf(':') + 1).trim()]);
    this.#take(end + 4);
    const bodiless = method === 'HEAD' || /^(1..|204|304)$/.test(status);
    const { body, trailers } = bodiless ? { body: Buffer.alloc(0), trailers: [] } : await this.#body(headers);
    return { status: Number(status), statusText, headers, body, trailers };
  }

  close(): void {
    this.socket.destroy();
  }

  async #body(headers: readonly string[]): Promise<{ body: Buffer; trailers: string[] }> {
    const [length] = valuesOf(headers, 'content-length');
    if (length !== undefined) {
      await this.until((text) => text.length >= Number(length));
      return { body: this.#take(Number(length)), trailers: [] };
    }
    if (valuesOf(headers, 'transfer-encoding')[0] !== 'chunked') {
      await this.ended();
      return { body: this.#take(this.#buffer.length), trailers: [] };
    }
    return this.#chunks();
  }

  async #chunks(): Promise<{ body: Buffer; trailers: string[] }> {
    const parts: Buffer[] = [];
    for (;;) {
      const size = Number.parseInt(await this.#line(), 16);
      if (size === 0) break;
      await this.until((text) => text.length >= size + 2);
      parts.push(this.#take(size));
      this.#take(2);
    }
    const trailers: string[] = [];
    for (let line = await this.#line(); line !== ''; line = await this.#line()) trailers.push(line);
    return { body: Buffer.concat(parts), trailers };
  }

  async #line(): Promise<string> {
    const text = await this.until((received) => received.includes('\r\n'));
    const line = text.slice(0, text.indexOf('\r\n'));
    this.#take(line.length + 2);
    return line;
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  #notify(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** Sends one request on a connection of its own and reads the answer. */
export async function rawRequest(port: number, text: string): Promise<RawAnswer> {
  const client = await RawClient.connect(port);
  try {
    return await client.send(text).answer(text.slice(0, text.indexOf(' ')));
  } finally {
    client.close();
  }
}
