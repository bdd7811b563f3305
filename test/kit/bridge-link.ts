/** The facade's end of the link to an engine, for tests: says what it is told to, and keeps what it hears. */
import { once } from 'node:events';
import WebSocket from 'ws';
import {
  BRIDGE_PATH,
  BRIDGE_VERSION,
  type EventUse,
  type ToEngine,
  type ToFacade,
} from '../../src/legacy-bridge/realtime/bridge-protocol.js';

export type Done = Extract<ToFacade, { readonly type: 'done' }>;
export type Emit = Extract<ToFacade, { readonly type: 'emit' }>;

export class TestLink {
  readonly socket: WebSocket;
  /** All messages, in order. */
  readonly heard: ToFacade[] = [];
  /** Binary frames, in order. */
  readonly bytes: Buffer[] = [];
  readonly closed: Promise<number>;
  #number = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.bytes.push(data);
      else this.heard.push(JSON.parse(data.toString()));
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', (code) => resolve(code));
    });
  }

  /** @param path of the engine's socket */
  static async connect(path: string, headers: Readonly<Record<string, string>> = {}): Promise<TestLink> {
    const socket = new WebSocket(`ws+unix://${path}:${BRIDGE_PATH}`, { headers, perMessageDeflate: false });
    const link = new TestLink(socket);
    await once(socket, 'open');
    return link;
  }

  /** With the engine's welcome. */
  static async open(path: string): Promise<TestLink> {
    const link = await TestLink.connect(path);
    link.tell({ type: 'hello', version: BRIDGE_VERSION });
    await link.until(({ type }) => type === 'welcome');
    return link;
  }

  tell(message: ToEngine | Readonly<Record<string, unknown>>, attachments: readonly Buffer[] = []): void {
    this.socket.send(JSON.stringify(message));
    for (const bytes of attachments) this.socket.send(bytes);
  }

  /** Opens sessions that have joined. */
  join(...sessions: readonly string[]): void {
    for (const session of sessions) {
      const handshake = { address: '10.0.0.1', target: '/socket.io/', headers: {}, secure: false };
      this.tell({ type: 'open', session, handshake });
      this.tell({ type: 'join', session, socket: `${session}-socket` });
    }
  }

  /** Sends an event. @returns its number */
  event(session: string, packet: string, use: EventUse = 'handle', attachments: readonly Buffer[] = []): number {
    this.#number += 1;
    this.tell(
      { type: 'event', number: this.#number, session, use, packet, attachments: attachments.length },
      attachments,
    );
    return this.#number;
  }

  /** Sends an event and waits for its answer. */
  async done(
    session: string,
    packet: string,
    use: EventUse = 'handle',
    attachments: readonly Buffer[] = [],
  ): Promise<Done> {
    const number = this.event(session, packet, use, attachments);
    return (await this.until((message) => message.type === 'done' && message.number === number)) as Done;
  }

  /** What was emitted so far. */
  emits(): readonly Emit[] {
    return this.heard.filter((message): message is Emit => message.type === 'emit');
  }

  async until(matches: (message: ToFacade) => boolean): Promise<ToFacade> {
    for (;;) {
      const found = this.heard.find(matches);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }
}
