/**
 * The engine's own Socket.IO server, for clients that come straight to it or through a tunnel of the facade (sockets 1). Engine.IO is the
 * library's; what is said over it is `socket-session.ts`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'engine.io';
import { DRY_RUN_HEADER } from '../../../legacy-bridge/effects/dry-run-protocol.js';
import { AddressCounts } from '../../../legacy-bridge/realtime/address-counts.js';
import { GreetingGate, type GreetingGateOptions } from '../../../legacy-bridge/realtime/greeting-gate.js';
import { RELAY_HEADER } from '../../../legacy-bridge/realtime/relay-protocol.js';
import { UnfinishedMessages } from '../../../legacy-bridge/realtime/unfinished-messages.js';
import type { WireText } from '../../domain/encode-payload.js';
import type { EngineLog } from '../../logging/engine-log.js';
import type { EventCarrier, EventClient, EventHub } from '../../services/event-hub.js';
import type { RandomSource } from '../../services/request-context.js';
import { peerFacts } from '../http/proxy-trust.js';
import { EngineIoServer, type EngineIoSettings } from './engine-io-server.js';
import { pathOf, type RealtimeListener } from './realtime-listener.js';
import type { EventDispatching } from './relaying-dispatcher.js';
import { SocketSession } from './socket-session.js';

export interface SocketLimits {
  /** What a client may have left unread when more is to be sent to it. */
  readonly maxUnsentBytes: number;
  /** Of one connection, in the long run, all its packets counted; 0: any number. */
  readonly mostEventsPerSecond: number;
  /** Connections of one address at once; 0: any number. */
  readonly mostPerAddress: number;
}

export interface ClientWatcher {
  joined(client: EventClient): void;
  left(client: EventClient): void;
}

export interface SocketServerOptions {
  readonly settings: EngineIoSettings & SocketLimits;
  /** Origins that may connect; `*` alone means any. */
  readonly corsOrigins: readonly string[];
  /** Whether the listener is the Unix socket. */
  readonly overSocket: boolean;
  readonly hub: EventHub;
  readonly dispatcher: EventDispatching;
  /** Told of the clients that join and leave. */
  readonly watcher: ClientWatcher;
  readonly random: RandomSource;
  readonly monotonic: () => number;
  readonly log: EngineLog;
  /** How clients are let in. Default: 64 that were not sent their session's first packet yet, each for half a second. */
  readonly greeting?: GreetingGateOptions;
}

interface Refusal {
  readonly status: number;
  readonly code: string;
}

/** The place of a connection among those of its address. */
interface Place {
  readonly address: string;
  /** Until it is given back. */
  isHeld: boolean;
  /** A session has it, and gives it back when it ends. */
  isTaken: boolean;
}

const PATH = '/socket.io/';
const METHODS = 'OPTIONS, GET, POST';
/** So many at once; the joinings of those who are in are answered in between. */
const GREETING: GreetingGateOptions = { most: 64, patienceMs: 500 };
const STOPPING: Refusal = { status: 503, code: 'stopping' };
/** So many of the longest messages may be unfinished at once, over all clients. */
const MOST_UNFINISHED = 10;
/** For clients to answer a close frame. */
const GOODBYE_MS = 1000;

export class SocketServer implements EventCarrier, RealtimeListener {
  readonly #options: SocketServerOptions;
  readonly #engineIo: EngineIoServer;
  /** All connections, until their events are done. */
  readonly #sessions = new Set<SocketSession>();
  /** Those that have joined, by socket id. */
  readonly #joined = new Map<string, SocketSession>();
  readonly #open = new Set<SocketSession>();
  /** Connections and attempts at one. */
  readonly #addresses: AddressCounts;
  /** By the request that opens a connection. */
  readonly #places = new WeakMap<IncomingMessage, Place>();
  readonly #whenEmpty: (() => void)[] = [];
  readonly #gate: GreetingGate;
  readonly #unfinished: UnfinishedMessages;
  /** What tells the gate that the client of an upgrade has its session. */
  readonly #greeted = new WeakMap<IncomingMessage, () => void>();
  readonly #detach: () => void;
  #isClosing = false;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    this.#addresses = new AddressCounts(options.settings.mostPerAddress);
    this.#gate = new GreetingGate(options.greeting ?? GREETING);
    this.#unfinished = new UnfinishedMessages({
      after: (ms, task) => {
        const timer = setTimeout(task, ms).unref();
        return () => clearTimeout(timer);
      },
      mostBytes: MOST_UNFINISHED * options.settings.maxMessageBytes,
      sessions: () => this.#open,
    });
    this.#detach = options.hub.attach(this);
    this.#engineIo = new EngineIoServer(options.settings);
    this.#engineIo.on('connection', (socket: Socket) => this.#connected(socket));
  }

  /** Connections. */
  get size(): number {
    return this.#open.size;
  }

  send(to: 'all' | readonly string[], _event: string, packet: WireText): void {
    const sessions = to === 'all' ? this.#joined.values() : to.map((id) => this.#joined.get(id));
    for (const session of sessions) session?.send(packet);
  }

  request(message: IncomingMessage, response: ServerResponse): boolean {
    if (!isOurs(message)) return false;
    const refusal = this.#refusalOf(message) ?? this.#placeFor(message, response);
    for (const [name, value] of Object.entries(corsOf(message))) response.setHeader(name, value);
    if (refusal === undefined) {
      withTransport(message);
      this.#engineIo.handleRequest(message, response);
      return true;
    }
    message.resume();
    if (refusal.status === 200) response.writeHead(200, { 'content-type': 'text/plain' }).end('OK');
    else
      response
        .writeHead(refusal.status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: refusal.code }));
    return true;
  }

  upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (!isOurs(message)) return false;
    const refusal = this.#refusalOf(message) ?? this.#placeFor(message, socket);
    // An upgrade that breaks off is nobody's fault, and must not end the process.
    socket.on('error', () => undefined);
    if (refusal === undefined) {
      withTransport(message);
      // An upgrade of a polling session has joined, or will by polling.
      if (opensSession(message)) this.#greet(message, socket, head);
      else this.#engineIo.handleUpgrade(message, socket, head);
    } else refuse(socket, refusal);
    return true;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#gate.close();
    this.#unfinished.close();
    for (const session of this.#open) session.end();
    const cut = setTimeout(() => {
      for (const session of this.#open) session.cut();
    }, GOODBYE_MS);
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    clearTimeout(cut);
    await Promise.all([...this.#sessions].map((session) => session.idle()));
    this.#engineIo.close();
    this.#detach();
  }

  /** Until it is the client's turn its upgrade is not answered. */
  #greet(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    let cancel = (): void => undefined;
    const gone = (): void => {
      cancel();
      socket.destroy();
    };
    socket.once('close', gone);
    // The connection of an upgrade stays open on this side when the client has closed its own, and nobody else looks yet.
    socket.once('end', gone);
    cancel = this.#gate.enter({
      address: this.#addressOf(message),
      start: (leave) => {
        socket.off('end', gone);
        socket.once('close', leave);
        this.#greeted.set(message, leave);
        this.#engineIo.handleUpgrade(message, socket, head);
      },
      refused: () => refuse(socket, STOPPING),
    });
  }

  /** Counts a connection that is to open, from now until it has ended or nothing came of it. @returns why it may not */
  #placeFor(message: IncomingMessage, carrier: Duplex | ServerResponse): Refusal | undefined {
    if (!opensSession(message)) return undefined;
    const address = this.#addressOf(message);
    if (!this.#addresses.enter(address)) return { status: 429, code: 'too_many_connections' };
    const place: Place = { address, isHeld: true, isTaken: false };
    this.#places.set(message, place);
    carrier.once('close', () => {
      if (!place.isTaken) this.#giveBack(place);
    });
    return undefined;
  }

  #giveBack(place: Place): void {
    if (place.isHeld) this.#addresses.leave(place.address);
    place.isHeld = false;
  }

  #connected(socket: Socket): void {
    const { dispatcher, hub, random, monotonic, log, settings, watcher } = this.#options;
    const place = this.#places.get(socket.request);
    if (place === undefined) throw new TypeError('a connection opens that nobody was asked about');
    const { address } = place;
    place.isTaken = true;
    const session = new SocketSession(socket, {
      address,
      dispatcher,
      maxMessageBytes: settings.maxMessageBytes,
      maxUnsentBytes: settings.maxUnsentBytes,
      mostEventsPerSecond: settings.mostEventsPerSecond,
      monotonic,
      log,
      join: (joining) => {
        const client = hub.join(random.bytes(15).toString('base64url'), this);
        this.#joined.set(client.id, joining);
        watcher.joined(client);
        return client;
      },
      left: (client) => {
        this.#joined.delete(client.id);
        watcher.left(client);
      },
    });
    this.#open.add(session);
    this.#unfinished.watch();
    this.#sessions.add(session);
    log.debug(`socket-opened address=${address} transport=${socket.transport.name}`);
    socket.once('close', (reason: string) => {
      log.debug(`socket-closed address=${address} reason=${reason}`);
      this.#open.delete(session);
      this.#giveBack(place);
      if (this.#open.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
      void session.idle().then(() => this.#sessions.delete(session));
    });
    // Its first packet is on its way; whether it joins is up to the client.
    this.#greeted.get(socket.request)?.();
    if (!place.isHeld)
      socket.close(true); // Its client has gone meanwhile.
    else if (this.#isClosing) session.end();
  }

  #addressOf({ headers, socket }: IncomingMessage): string {
    const { overSocket } = this.#options;
    return peerFacts({ headers, remoteAddress: socket.remoteAddress, overSocket, encrypted: false }).address;
  }

  #refusalOf(message: IncomingMessage): Refusal | undefined {
    const { corsOrigins } = this.#options;
    const { method, headers } = message;
    if (this.#isClosing) return STOPPING;
    // A relay that was pointed here instead of at the legacy would hear itself.
    if (headers[RELAY_HEADER] !== undefined) return { status: 400, code: 'relay_refused' };
    const { origin } = headers;
    if (origin !== undefined && corsOrigins[0] !== '*' && !corsOrigins.includes(origin))
      return { status: 400, code: 'origin_not_allowed' };
    if (method === 'OPTIONS') return { status: 200, code: '' };
    if (method !== 'GET' && method !== 'POST') return { status: 405, code: 'method_not_allowed' };
    return undefined;
  }
}

function refuse(socket: Duplex, { status }: Refusal): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** A dry run never reaches it: what is said over a connection can't be undone. */
function isOurs(message: IncomingMessage): boolean {
  return pathOf(message) === PATH && message.headers[DRY_RUN_HEADER] === undefined;
}

/** Any origin is answered with itself; credentials also without one. */
function corsOf({ method, headers }: IncomingMessage): Readonly<Record<string, string>> {
  const asked = headers['access-control-request-headers'];
  return {
    'access-control-allow-credentials': 'true',
    ...(headers.origin === undefined ? {} : { 'access-control-allow-origin': headers.origin }),
    ...(method === 'OPTIONS' ? { 'access-control-allow-methods': METHODS } : {}),
    ...(method === 'OPTIONS' && asked !== undefined ? { 'access-control-allow-headers': asked } : {}),
  };
}

/** As the library is to read it: each field the first of its name, as the legacy and the facade do. */
function queryOf({ url = '' }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries([...new URLSearchParams(url.slice(PATH.length).replace(/^\?/, ''))].reverse());
}

/** As the library sees it: an empty id is none. */
function opensSession(message: IncomingMessage): boolean {
  const { sid = '' } = queryOf(message);
  return sid === '';
}

/** A query without a transport means polling; the library takes a query that is there already. */
function withTransport(message: IncomingMessage): void {
  Object.assign(message, { _query: { transport: 'polling', ...queryOf(message) } });
}
