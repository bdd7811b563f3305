/**
 * The packet bridge of stage `split`: opens a session with the legacy for each client that opens one, ends Engine.IO on both
 * sides, and holds the sessions. docs/decisions/packet-bridge.md.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Socket as EngineSocket } from 'engine.io';
import { AddressCounts } from '../../../legacy-bridge/realtime/address-counts.js';
import { GreetingGate } from '../../../legacy-bridge/realtime/greeting-gate.js';
import { UnfinishedMessages } from '../../../legacy-bridge/realtime/unfinished-messages.js';
import type { Log } from '../../logging/log.js';
import type { EventMetrics } from '../../metrics/event-metrics.js';
import type { Side } from '../../side.js';
import type { TableSnapshot } from '../../table/table-snapshot.js';
import type { TunnelLimits } from '../guarded-tunnel.js';
import type { SideDialer } from '../side-dialer.js';
import type { SocketClock } from '../socket-clock.js';
import type { SocketRegistry } from '../socket-registry.js';
import { completeHeaders, engineQuery, handshakeOf, websocketTarget } from './bridge-request.js';
import { BridgedSession, type SessionSurroundings } from './bridged-session.js';
import { ClientConnection, ClientServer, endWord } from './client-server.js';
import { EndedSessions } from './ended-sessions.js';
import { type Emit, EngineLink } from './engine-link.js';
import type { EventShadow } from './event-shadow.js';
import type { LegacyRefusal } from './legacy-session.js';
import { Overhearing } from './overhearing.js';
import { ReRegistration } from './re-registration.js';
import { type OpeningRequest, SessionOpening } from './session-opening.js';
import { SharedText } from './shared-text.js';
import type { SplitSettings } from './split-settings.js';
import type { Message } from './whole-packets.js';

export interface SplitBridgeOptions {
  readonly table: () => Pick<TableSnapshot, 'sockets'>;
  readonly dialer: (side: Side) => SideDialer | undefined;
  readonly settings: SplitSettings;
  readonly limits: TunnelLimits;
  readonly registry: SocketRegistry;
  readonly metrics: EventMetrics;
  /** Compares events, once it is there. Default: nothing does. */
  readonly eventShadow?: (() => EventShadow | undefined) | undefined;
  readonly log: Log;
  readonly clock: SocketClock;
  /** How long a session is spared after it was opened before it is ended to register anew. Default 15000. */
  readonly settleMs?: number | undefined;
  /** Polling answers tell that the facade gave them. */
  readonly tellServedBy: (request: IncomingMessage) => boolean;
  /** A session has ended, or an attempt at one. */
  readonly settled: () => void;
}

/** Ends one thing that is open. */
export interface Closer {
  close(): void;
  /** When it was opened, monotonic milliseconds, if it is an agent's: one that is cut off while it greets the server never connects again. */
  readonly greetingSince?: number | undefined;
}

/** Answers the client in the legacy's place when it gives no session. */
export type RefuseOpening = (refusal: LegacyRefusal | 'too-many' | 'closing') => void;

const DEFAULT_SETTLE_MS = 15_000;
/**
 * Clients that the legacy is to answer at once: with a session, or their `40`. An agent gives up when the answer to its `40` takes a second (agent-protocol 6.2),
 * and the legacy answers in the order of asking: of a fleet that comes at once the others wait before their upgrade is answered.
 */
const MOST_GREETING = 32;
/** Pause where the engine is behind with what it is told anew. */
const RETELL_MS = 50;
/** So many of the longest messages may be unfinished at once, over all clients. */
const MOST_UNFINISHED = 10;
/** Beyond it a legacy that hangs keeps nobody else waiting. */
const GREETING_MS = 1000;

export class SplitBridge {
  readonly #options: SplitBridgeOptions;
  readonly #server: ClientServer;
  readonly #link: EngineLink;
  readonly #surroundings: SessionSurroundings;
  readonly #sessions = new Map<string, BridgedSession>();
  readonly #addresses: AddressCounts;
  readonly #ended: EndedSessions;
  readonly #openings = new Map<SessionOpening, RefuseOpening>();
  /** Those whose client is about to get its session, by the session's id. */
  readonly #ready = new Map<string, SessionOpening>();
  readonly #sids = new WeakMap<IncomingMessage, string>();
  readonly #reRegistration: ReRegistration;
  readonly #unfinished: UnfinishedMessages;
  readonly #gate = new GreetingGate({ most: MOST_GREETING, patienceMs: GREETING_MS });
  #isClosing = false;
  #cancelRetell = (): void => undefined;

  constructor(options: SplitBridgeOptions) {
    const { settings, log, clock, metrics, table, limits, settleMs = DEFAULT_SETTLE_MS } = options;
    this.#options = options;
    this.#addresses = new AddressCounts(settings.connectionsPerAddress);
    this.#ended = new EndedSessions(clock);
    this.#unfinished = new UnfinishedMessages({
      after: (ms, task) => clock.after(ms, task),
      mostBytes: MOST_UNFINISHED * settings.messageBytes,
      sessions: () => this.#sessions.values(),
    });
    this.#reRegistration = new ReRegistration({ clock, settleMs, perSecond: settings.reregisterPerSecond });
    this.#link = new EngineLink({
      ...{ log, clock, bufferBytes: settings.linkBufferBytes },
      dialer: () => options.dialer('engine'),
      sessions: () => this.#sessions.values(),
      up: () => {
        metrics.socketLinkChanged(true);
        this.#retell([...this.#sessions.values()]);
        this.#reRegistration.start([...this.#sessions.values()].filter(({ mustRegisterAnew }) => mustRegisterAnew));
      },
      down: () => {
        this.#cancelRetell();
        metrics.socketLinkChanged(false);
      },
      emit: (emit, attachments) => this.#emit(emit, attachments),
    });
    const shadow = options.eventShadow ?? (() => undefined);
    this.#surroundings = {
      table,
      link: this.#link,
      settings,
      gate: this.#gate,
      metrics,
      shadow,
      log,
      clock,
      overhear: (not) => this.#overhear(not),
    };
    this.#server = new ClientServer({
      settings,
      lingerMs: limits.lingerMs,
      sidOf: (request) => this.#sidOf(request),
      connected: (socket, sid) => this.#connected(socket, sid),
      answering: (headers, request) => completeHeaders(headers, request, options.tellServedBy(request)),
    });
  }

  /** The table in force may be another: at `split` the link to the engine is kept. */
  tableChanged(): void {
    if (this.#options.table().sockets.stage === 'split') this.#link.want();
  }

  /** Another engine has become ready. */
  engineReady(): void {
    this.#link.hasten();
  }

  /** Sessions, and attempts at one. */
  get size(): number {
    return this.#sessions.size + this.#openings.size;
  }

  /** Whether a session is one of the bridge's: open, or ended not long ago. */
  find(sid: string | undefined): 'open' | 'ended' | undefined {
    if (sid === undefined) return undefined;
    if (this.#sessions.has(sid)) return 'open';
    return this.#ended.has(sid) ? 'ended' : undefined;
  }

  /** Opens a session for a WebSocket handshake. Takes the connection over, except where it calls `refuse`. */
  openByUpgrade(from: OpeningRequest, socket: Socket, first: Buffer, refuse: RefuseOpening): void {
    const { target } = from;
    const opening = this.#open(from, target, refuse, () =>
      this.#server.handleUpgrade(from.request, socket, first, engineQuery(target)),
    );
    const gone = (): void => {
      if (opening === undefined || opening.isOver) return;
      opening.giveUp();
      socket.destroy();
    };
    // Also when engine.io refuses the handshake: a session that no client took is given up.
    socket.once('close', gone);
    // Connections of upgrades stay open on this side when the client has closed its own, and nobody else looks yet.
    socket.once('end', gone);
  }

  /** Opens a session for a poll. */
  openByPoll(from: OpeningRequest, response: ServerResponse, refuse: RefuseOpening): void {
    const { target } = from;
    const opening = this.#open(from, websocketTarget(target), refuse, () =>
      this.#server.handleRequest(from.request, response, engineQuery(target)),
    );
    response.once('close', () => opening?.giveUp());
  }

  /** A poll or a message of an open session. */
  handlePoll({ request, target, head }: OpeningRequest, response: ServerResponse): void {
    const query = engineQuery(target);
    if (head.bodyLength !== 'chunked' && head.bodyLength > this.#options.settings.messageBytes) {
      this.#sessions.get(query.sid ?? '')?.end('message-size');
      response.destroy();
    } else this.#server.handleRequest(request, response, query);
  }

  /** The upgrade of an open session from polling. */
  handleUpgrade({ request, target }: OpeningRequest, socket: Socket, first: Buffer): void {
    this.#server.handleUpgrade(request, socket, first, engineQuery(target));
  }

  /** What ends what is open, each one session. From now on no session opens, and who waits for room is refused. */
  closers(reason: string): readonly Closer[] {
    this.#isClosing = true;
    this.#gate.close();
    const openings = [...this.#openings].map(([opening, refuse]) => ({
      close: () => {
        // Over meanwhile, one way or another.
        if (!this.#openings.has(opening)) return;
        opening.giveUp();
        refuse('closing');
      },
    }));
    const sessions = [...this.#sessions.values()].map((session) => ({
      close: () => session.end(reason),
      greetingSince: session.isAgent ? session.openedAt : undefined,
    }));
    return [...openings, ...sessions];
  }

  /** Ends the link; to be called when no session is left. */
  close(): void {
    this.#cancelRetell();
    this.#unfinished.close();
    this.#reRegistration.close();
    this.#link.close();
  }

  #open(
    from: OpeningRequest,
    target: string,
    refuse: RefuseOpening,
    handshake: () => void,
  ): SessionOpening | undefined {
    const { dialer, limits, settled } = this.#options;
    const { address } = from.head.provenance;
    if (this.#isClosing) {
      refuse('closing');
      return undefined;
    }
    const legacy = dialer('legacy');
    if (legacy === undefined) {
      refuse({ how: 'failed', code: 'legacy_unavailable', cause: 'there is no legacy' });
      return undefined;
    }
    if (!this.#addresses.enter(address)) {
      refuse('too-many');
      return undefined;
    }
    let sid: string | undefined;
    const opening = new SessionOpening(from, target, legacy, limits, this.#gate, {
      ready: (_opening, legacySid) => {
        sid = legacySid;
        this.#sids.set(from.request, sid);
        this.#ready.set(sid, opening);
        handshake();
      },
      refused: refuse,
      closing: () => refuse('closing'),
      over: () => {
        this.#openings.delete(opening);
        if (sid !== undefined) this.#ready.delete(sid);
        // A session leaves when it ends.
        if (!opening.isHandedOver) this.#addresses.leave(address);
        settled();
      },
    });
    this.#openings.set(opening, refuse);
    return opening;
  }

  #sidOf(request: IncomingMessage): string {
    const sid = this.#sids.get(request);
    if (sid === undefined) throw new TypeError('engine.io opens a session that the legacy has not');
    return sid;
  }

  /** engine.io has given the client its session. */
  #connected(socket: EngineSocket, sid: string): void {
    const opening = this.#ready.get(sid);
    if (opening === undefined || this.#isClosing) {
      // The legacy's session has ended meanwhile, or the facade is about to.
      opening?.giveUp();
      socket.close(true);
      return;
    }
    const client = new ClientConnection(socket);
    const { facts } = opening.from;
    const control = {
      close: (reason: string) => session.end(reason),
      bytesUp: () => session.bytesUp,
      bytesDown: () => session.bytesDown,
      messageBytesUp: () => session.bytesUp,
      events: () => session.events,
      agentId: () => session.agentId,
    };
    const { registry } = this.#options;
    const { transport } = client;
    const registered = registry.add({ ...facts, side: 'legacy', bridged: true, transport }, control);
    const handshake = handshakeOf(opening.from);
    const session = new BridgedSession(sid, handshake, opening.legacy, client, this.#surroundings, (reason) => {
      this.#sessions.delete(sid);
      this.#ended.add(sid);
      this.#addresses.leave(handshake.address);
      registered.ended(reason);
      this.#options.settled();
    });
    this.#sessions.set(sid, session);
    this.#unfinished.watch();
    socket.on('message', (data: Message | undefined) => session.fromClient(data ?? ''));
    // The package itself reads a close only from polling bodies.
    socket.on('packet', ({ type }: { readonly type: string }) => {
      if (type === 'close') session.clientGone('client-closed');
    });
    socket.once('close', (reason: string, error: unknown) => session.clientGone(endWord(reason, error)));
    socket.once('upgrade', () => registered.moved('websocket'));
    opening.handOver(session);
  }

  /** The oldest that has joined: it will most likely stay. */
  #overhear(not: BridgedSession): Overhearing | undefined {
    for (const session of this.#sessions.values())
      if (session !== not && session.socket !== undefined) return new Overhearing(session);
    return undefined;
  }

  /** As fast as the engine takes it. */
  #retell(sessions: readonly BridgedSession[]): void {
    const behind = sessions.findIndex((session) => !session.retell());
    if (behind < 0) return;
    const left = sessions.slice(behind);
    this.#cancelRetell = this.#options.clock.after(RETELL_MS, () => this.#retell(left));
  }

  #emit({ to, packet }: Emit, attachments: readonly Buffer[]): void {
    const text = to === 'all' || to.length > 1 ? new SharedText(packet) : packet;
    const messages = [text, ...attachments];
    if (to === 'all') {
      for (const session of this.#sessions.values()) if (session.socket !== undefined) session.insert(messages);
      return;
    }
    for (const id of to) {
      const session = this.#sessions.get(id);
      if (session?.socket !== undefined) session.insert(messages);
    }
  }
}
