/** The engine's end of the bridge link, as a test plays it: keeps what it is told, answers what it is asked to answer. */
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { BRIDGE_PATH, type ToEngine, type ToFacade } from '../../src/legacy-bridge/realtime/bridge-protocol.js';

export type LinkedEvent = Extract<ToEngine, { readonly type: 'event' }> & { readonly binaries: Buffer[] };

export interface StubEngineLink {
  readonly socketPath: string;
  /** All that was told, in order. */
  readonly told: readonly ToEngine[];
  /** What an event is answered with; undefined: nothing. Default: `handled`, with an empty acknowledgement if asked for one. */
  answer: (event: LinkedEvent) => Partial<Extract<ToFacade, { readonly type: 'done' }>> | undefined;
  /** Events so far, by what they are used for. */
  events(use?: LinkedEvent['use']): readonly LinkedEvent[];
  /** Resolves when as many messages of a type have come, past or future. */
  seen(type: ToEngine['type'], times?: number): Promise<void>;
  say(message: ToFacade, binaries?: readonly Buffer[]): void;
  /** Ends the link as an engine does that stops. */
  close(): void;
  /** Ends the link as a killed engine does. `start` takes the same path again. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startStubEngineLink(version = 1): Promise<StubEngineLink> {
  const folder = await mkdtemp(join(tmpdir(), 'stub-engine-'));
  const stub = new Stub(join(folder, 'engine.sock'), version);
  await stub.start();
  const { stop } = stub;
  stub.stop = async () => {
    await stop.call(stub);
    await rm(folder, { recursive: true, force: true });
  };
  return stub;
}

class Stub implements StubEngineLink {
  readonly socketPath: string;
  readonly told: ToEngine[] = [];
  answer: StubEngineLink['answer'] = ({ packet }) => {
    const id = /^\d(?:\d+-)?(\d+)\[/.exec(packet)?.[1];
    return id === undefined ? {} : { ack: `3${id}[]` };
  };
  readonly #version: number;
  readonly #tellings = new EventEmitter().setMaxListeners(0);
  #server: Server | undefined;
  #socket: WebSocket | undefined;
  #pending: LinkedEvent | undefined;

  constructor(socketPath: string, version: number) {
    this.socketPath = socketPath;
    this.#version = version;
  }

  events(use?: LinkedEvent['use']): readonly LinkedEvent[] {
    const events = this.told.filter((message): message is LinkedEvent => message.type === 'event');
    return use === undefined ? events : events.filter((event) => event.use === use);
  }

  async seen(type: ToEngine['type'], times = 1): Promise<void> {
    while (this.told.filter((message) => message.type === type).length < times) await once(this.#tellings, 'told');
  }

  say(message: ToFacade, binaries: readonly Buffer[] = []): void {
    this.#socket?.send(JSON.stringify(message));
    for (const binary of binaries) this.#socket?.send(binary);
  }

  async start(): Promise<void> {
    const server = createServer();
    const sockets = new WebSocketServer({ server, path: BRIDGE_PATH });
    sockets.on('connection', (socket) => {
      this.#socket = socket;
      socket.on('message', (data: Buffer, isBinary) => this.#take(isBinary ? data : data.toString()));
    });
    server.listen(this.socketPath);
    await once(server, 'listening');
    this.#server = server;
  }

  close(): void {
    this.#socket?.close(1001);
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    this.#socket?.terminate();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async stop(): Promise<void> {
    await this.kill();
  }

  #take(frame: string | Buffer): void {
    if (typeof frame !== 'string') {
      this.#pending?.binaries.push(frame);
      this.#settle();
      return;
    }
    const message = JSON.parse(frame) as ToEngine;
    if (message.type === 'hello') this.say({ type: 'welcome', version: this.#version, build: 'stub' });
    if (message.type === 'event') {
      this.#pending = { ...message, binaries: [] };
      this.#settle();
    } else this.#tell(message);
  }

  #settle(): void {
    const event = this.#pending;
    if (event === undefined || event.binaries.length < event.attachments) return;
    this.#pending = undefined;
    this.#tell(event);
    const answer = this.answer(event);
    if (answer !== undefined)
      this.say({ type: 'done', number: event.number, outcome: 'handled', attachments: 0, ms: 0, ...answer });
  }

  #tell(message: ToEngine): void {
    this.told.push(message);
    this.#tellings.emit('told');
  }
}
