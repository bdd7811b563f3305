/** Engine.IO over one WebSocket, without a library above frames. Answers no ping unless it is told to. */
import { once } from 'node:events';
import WebSocket from 'ws';

const QUIET_MS = 10_000;

export class FrameClient {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  /** Answer pings. Default: true. */
  pongs = true;
  readonly #frames: string[] = [];
  #wake: () => void = () => {};
  #ended = false;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, binary) => {
      const frame = binary ? `<binary ${data.toString('hex')}>` : data.toString();
      if (frame === '2' && this.pongs) socket.send('3');
      else this.#frames.push(frame);
      this.#wake();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', (code) => {
        this.#ended = true;
        this.#wake();
        resolve(code);
      });
    });
  }

  /** @param query default: a new session */
  static async open(url: string, query = 'EIO=4&transport=websocket'): Promise<FrameClient> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket.io/?${query}`, {
      // As agents, which offer no extension.
      perMessageDeflate: false,
    });
    const client = new FrameClient(socket);
    await once(socket, 'open');
    return client;
  }

  /** With its session open and the namespace joined. */
  static async join(url: string): Promise<FrameClient> {
    const client = await FrameClient.open(url);
    await client.next((frame) => frame.startsWith('0{'));
    client.send('40');
    await client.next((frame) => frame.startsWith('40'));
    return client;
  }

  send(...frames: readonly (string | Buffer)[]): void {
    for (const frame of frames) this.socket.send(frame);
  }

  /** The next frame that satisfies `matches`; those before it are dropped. `closed` when the connection ended first. */
  async next(matches: (frame: string) => boolean = () => true): Promise<string> {
    const until = performance.now() + QUIET_MS;
    for (;;) {
      for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift())
        if (matches(frame)) return frame;
      if (this.#ended) return 'closed';
      const left = until - performance.now();
      if (left <= 0) throw new Error(`no such frame within ${QUIET_MS} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Whether it still gets an answer: `alive`, or how it ended. */
  async pulse(): Promise<string> {
    this.send('4277["echo","pulse"]');
    const frame = await this.next((candidate) => candidate.startsWith('4377'));
    return frame === 'closed' ? frame : 'alive';
  }

  end(): void {
    this.socket.terminate();
  }
}
