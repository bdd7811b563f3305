/**
 * Engine.IO towards clients: handshake, polling, WebSocket, the upgrade, pings and limits, by the engine.io package. What it
 * must not do is changed here: send an Engine.IO close, make session ids of its own, or keep requests.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type Socket as EngineSocket, Server, type Transport } from 'engine.io';
import type { WebSocket } from 'ws';
import { takeFewPackets } from '../../../legacy-bridge/realtime/few-packets.js';
import { countBodies, unfinishedBytesOf } from '../../../legacy-bridge/realtime/unfinished-bytes.js';
import { SharedText } from './shared-text.js';
import type { SplitSettings } from './split-settings.js';
import type { Outgoing } from './whole-packets.js';

/** What engine.io reads of a query, each the first of its name, as the legacy does. */
export interface EngineQuery {
  readonly EIO: string;
  readonly transport: string;
  readonly sid?: string;
  /** Number of a JSONP poll. */
  readonly j?: string;
}

export interface ClientServerOptions {
  readonly settings: SplitSettings;
  /** Milliseconds for a client to answer the close frame before its connection is cut. */
  readonly lingerMs: number;
  /** The session id of a request that opens a session. */
  readonly sidOf: (request: IncomingMessage) => string;
  readonly connected: (socket: EngineSocket, sid: string) => void;
  /** Headers of a polling answer, to be completed. */
  readonly answering: (headers: Record<string, string>, request: IncomingMessage) => void;
}

interface ReadRequest extends IncomingMessage {
  _query?: EngineQuery;
  /** Of an upgrade. */
  websocket?: WebSocket;
}

export class ClientServer {
  readonly #server: QuietServer;

  constructor(options: ClientServerOptions) {
    this.#server = new QuietServer(options);
    this.#server.on('connection', (socket: EngineSocket) => {
      const sid = options.sidOf(socket.request);
      // Kept by the package for the session's whole life, with all its headers.
      Object.assign(socket, { request: undefined });
      options.connected(socket, sid);
      const { socket: websocket } = socket.transport as unknown as OpenTransport;
      websocket?.resume();
      // Closed before anybody listened for it.
      if (websocket !== undefined && websocket.readyState > websocket.OPEN) socket.close(true);
    });
    this.#server.on('headers', (headers: Record<string, string>, request: ReadRequest) => {
      if (request._query?.transport === 'polling') options.answering(headers, request);
    });
  }

  handleRequest(request: IncomingMessage, response: ServerResponse, query: EngineQuery): void {
    (request as ReadRequest)._query = query;
    this.#server.handleRequest(request as never, response);
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, first: Buffer, query: EngineQuery): void {
    (request as ReadRequest)._query = query;
    this.#server.handleUpgrade(request as never, socket, first);
  }
}

/** A transport with what the package does not declare for others. */
interface OpenTransport {
  doClose(done?: () => void): void;
  onClose(): void;
  onError(message: string): void;
  onDataRequest?(request: IncomingMessage, response: ServerResponse): void;
  /** Of polling: the body that is being read. */
  readonly dataReq?: IncomingMessage | null;
  readonly socket?: WebSocket;
}

/** Milliseconds: time for a client's read in between, on a busy machine too. */
const OPEN_AFTER_MS = 30;

class QuietServer extends Server {
  readonly #sidOf: ClientServerOptions['sidOf'];
  readonly #lingerMs: number;

  constructor({ settings, sidOf, lingerMs }: ClientServerOptions) {
    super({
      pingInterval: settings.pingIntervalMs,
      pingTimeout: settings.pingTimeoutMs,
      maxHttpBufferSize: settings.messageBytes,
      perMessageDeflate: false,
      cookie: false,
      allowEIO3: false,
    });
    this.#sidOf = sidOf;
    this.#lingerMs = lingerMs;
  }

  /**
   * The open packet leaves a little after the 101, as the legacy's does: some clients, the recordings' own among them, listen for
   * messages only once they were told that the connection is open, and lose what comes in one read with that.
   */
  override async generateId(request: ReadRequest): Promise<string> {
    const { websocket } = request;
    if (websocket !== undefined) {
      websocket.pause();
      await pause(OPEN_AFTER_MS);
    }
    return this.#sidOf(request);
  }

  override createTransport(name: 'polling' | 'websocket', request: never): Transport {
    const made = super.createTransport(name, request) as Transport;
    const transport = made as unknown as OpenTransport;
    transport.doClose = name === 'websocket' ? closeByFrame(transport, this.#lingerMs) : closeWithoutPacket(transport);
    if (name === 'polling') {
      takeFewPackets(made);
      endWhenTooLarge(transport);
      countBodies(made);
    }
    return made;
  }
}

/** A close frame, after what was sent before. */
function closeByFrame(transport: OpenTransport, lingerMs: number): OpenTransport['doClose'] {
  return (done) => {
    const { socket } = transport;
    if (socket !== undefined && socket.readyState !== socket.CLOSED) {
      socket.close(1001);
      const linger = setTimeout(() => socket.terminate(), lingerMs);
      linger.unref();
      socket.once('close', () => clearTimeout(linger));
    }
    done?.();
  };
}

/** The package would send an Engine.IO close, after which agents never come back. A poll under way ends with a noop; the next is refused. */
function closeWithoutPacket(transport: OpenTransport): OpenTransport['doClose'] {
  return (done) => {
    // Half a message of a session that has ended would be held for as long as its client likes.
    transport.dataReq?.destroy();
    done?.();
    transport.onClose();
  };
}

/** The package answers 413 to a body that is too large, and leaves the session open. */
function endWhenTooLarge(transport: OpenTransport): void {
  const take = transport.onDataRequest?.bind(transport);
  if (take === undefined) throw new TypeError('engine.io’s polling transport has no onDataRequest');
  transport.onDataRequest = (request, response) => {
    response.once('finish', () => {
      if (response.statusCode === 413) transport.onError('message too large');
    });
    take(request, response);
  };
}

/** A client's connection as a session sees it: whichever transport it is on. */
export class ClientConnection {
  readonly #socket: EngineSocket;
  #waitingBytes = 0;
  #cut = false;
  /** Bytes that were read of a message that is not whole yet. */
  readonly unfinishedBytes: () => number;

  constructor(socket: EngineSocket) {
    this.#socket = socket;
    this.unfinishedBytes = unfinishedBytesOf(socket);
  }

  get transport(): 'websocket' | 'polling' {
    return this.#socket.transport.name === 'polling' ? 'polling' : 'websocket';
  }

  /** Bytes that were sent and have not left. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  send(message: Outgoing): void {
    if (this.#socket.readyState !== 'open') return;
    const { length } = message;
    this.#waitingBytes += length;
    const sent = (): void => {
      this.#waitingBytes -= length;
    };
    if (message instanceof SharedText) this.#socket.send(message.text, message.sendOptions(), sent);
    else this.#socket.send(message, undefined, sent);
  }

  /** Ends it at the transport, never by an Engine.IO close. `cut`: without waiting for what was sent before. */
  close(how: 'close' | 'cut'): void {
    if (this.#cut) return;
    this.#cut = how === 'cut';
    const { socket } = this.#socket.transport as unknown as OpenTransport;
    this.#socket.close(true);
    if (how === 'cut') socket?.terminate();
  }
}

/** @returns one word for why a client's connection ended, from what engine.io says of it */
export function endWord(reason: string, error: unknown): string {
  if (/too large|Max payload size/.test(error instanceof Error ? error.message : '')) return 'message-size';
  switch (reason) {
    case 'transport close':
      return 'client-closed';
    case 'ping timeout':
      return 'ping-timeout';
    case 'parse error':
      return 'protocol-error';
    default:
      return 'client-left';
  }
}
