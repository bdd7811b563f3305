/**
 * The open sockets: tunnels, long-polling sessions and sessions of the packet bridge, for the admin API, metrics and drains.
 * Never knows a session id or a token.
 */
import type { FacadeMetrics } from '../metrics/facade-metrics.js';
import type { Side } from '../side.js';
import { systemSocketClock } from './socket-clock.js';

export type Transport = 'websocket' | 'polling';

/** What is known of an open socket when it is opened. */
export interface SocketFacts {
  /** Who holds the session. Bridged sessions are the legacy's. */
  readonly side: Side;
  /** The facade's packet bridge ends the connection; absent for tunnels and polling sessions that are passed through. */
  readonly bridged?: true;
  /** GUID that the client claims in the token it dialled with; not judged. */
  readonly agentGuid?: string | undefined;
  readonly transport: Transport;
  /** The `X-Borealis-Agent-Context` that an agent sends; undefined for browsers. */
  readonly agentContext: string | undefined;
  readonly userAgent: string | undefined;
  /** The client's address, after `trustedProxies`. */
  readonly address: string;
}

/** What the client's request tells of it. */
export type ClientFacts = Omit<SocketFacts, 'side' | 'transport' | 'bridged'>;

/** An open socket as shown to an operator. */
export interface SocketEntry extends SocketFacts {
  /** Counts up from 1; unique while the facade runs. */
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly openedAt: string;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Of a bridged session: the id that it gave as an agent. */
  readonly agentId?: string | undefined;
  /** Of a bridged session: events of the client so far. */
  readonly events?: number | undefined;
  /** Of a bridged session: since the list was last asked for five seconds before or more, else since the opening. */
  readonly eventsPerSecond?: number | undefined;
}

/** How the registry reaches a socket. */
export interface SocketControl {
  /** Ends it at the transport (a tunnel) or at its next request (a polling session). */
  close(reason: string): void;
  bytesUp(): number;
  bytesDown(): number;
  /** Those of `bytesUp` that are no heartbeats: a side may act on them. */
  messageBytesUp(): number;
  /** Of a bridged session: events of the client so far. */
  events?(): number;
  /** Of a bridged session: the id that it gave as an agent. */
  agentId?(): string | undefined;
}

/** Handed to whoever opened the socket. */
export interface RegisteredSocket {
  readonly id: number;
  /** To be called once it has ended; further calls do nothing. */
  ended(reason: string): void;
  /** To be called when a bridged session changed its transport. */
  moved(transport: Transport): void;
}

/** Open sockets by side and transport. */
export type SocketCounts = Readonly<Record<Side, Readonly<Record<Transport, number>>>>;

export interface SocketRegistryOptions {
  readonly metrics: Pick<FacadeMetrics, 'socketOpened' | 'socketClosed'>;
  /** Wall clock, milliseconds. */
  readonly wallClock: () => number;
  /** Milliseconds that never go back, as the drain's. Default: the machine's. */
  readonly now?: () => number;
}

interface Registered {
  readonly id: number;
  readonly facts: SocketFacts;
  readonly openedAt: number;
  /** Monotonic milliseconds. */
  readonly openedMs: number;
  readonly control: SocketControl;
  transport: Transport;
  /** Events at a time, monotonic milliseconds; what the rate is counted from. */
  looks: readonly [Look, Look];
}

interface Look {
  readonly at: number;
  readonly events: number;
}

/** Rates are taken over this at least. */
const RATE_MS = 5_000;

export class SocketRegistry {
  readonly #options: SocketRegistryOptions;
  readonly #now: () => number;
  readonly #sockets = new Map<number, Registered>();
  readonly #counts: Record<Side, Record<Transport, number>> = {
    legacy: { websocket: 0, polling: 0 },
    engine: { websocket: 0, polling: 0 },
  };
  readonly #bridged: Record<Transport, number> = { websocket: 0, polling: 0 };
  #lastId = 0;
  #messageBytesOfEnded = 0;

  constructor(options: SocketRegistryOptions) {
    this.#options = options;
    this.#now = options.now ?? systemSocketClock.now;
  }

  add(facts: SocketFacts, control: SocketControl): RegisteredSocket {
    this.#lastId += 1;
    const id = this.#lastId;
    const { transport } = facts;
    const openedAt = this.#options.wallClock();
    const openedMs = this.#now();
    const first = { at: openedMs, events: 0 };
    this.#sockets.set(id, { id, facts, openedAt, openedMs, control, transport, looks: [first, first] });
    this.#count(facts, transport, 1);
    this.#options.metrics.socketOpened(facts.side, transport);
    return { id, ended: (reason) => this.#remove(id, reason), moved: (to) => this.#move(id, to) };
  }

  #count({ side, bridged }: SocketFacts, transport: Transport, by: 1 | -1): void {
    this.#counts[side][transport] += by;
    if (bridged) this.#bridged[transport] += by;
  }

  /** For the metrics one socket ended and another was opened, as when a polling session becomes a tunnel. */
  #move(id: number, transport: Transport): void {
    const socket = this.#sockets.get(id);
    if (socket === undefined || socket.transport === transport) return;
    const { facts } = socket;
    this.#count(facts, socket.transport, -1);
    this.#options.metrics.socketClosed(facts.side, socket.transport, 'upgraded');
    socket.transport = transport;
    this.#count(facts, transport, 1);
    this.#options.metrics.socketOpened(facts.side, transport);
  }

  #remove(id: number, reason: string): void {
    const socket = this.#sockets.get(id);
    if (socket === undefined) return;
    this.#sockets.delete(id);
    this.#messageBytesOfEnded += socket.control.messageBytesUp();
    this.#count(socket.facts, socket.transport, -1);
    this.#options.metrics.socketClosed(socket.facts.side, socket.transport, reason);
  }

  /**
   * Bytes that clients have sent over sockets so far, heartbeats left out: those come from every one, all the time. Never less than
   * before, so that two readings are the same only when nobody sent anything in between.
   */
  messageBytesUp(): number {
    let bytes = this.#messageBytesOfEnded;
    for (const { control } of this.#sockets.values()) bytes += control.messageBytesUp();
    return bytes;
  }

  counts(): SocketCounts {
    return { legacy: { ...this.#counts.legacy }, engine: { ...this.#counts.engine } };
  }

  /** Those of the counts that are sessions of the packet bridge. */
  bridgedCounts(): Readonly<Record<Transport, number>> {
    return { ...this.#bridged };
  }

  /** Oldest first. */
  list(filter: { readonly side?: Side; readonly limit?: number } = {}): readonly SocketEntry[] {
    const entries: SocketEntry[] = [];
    for (const socket of this.#sockets.values()) {
      if (entries.length >= (filter.limit ?? Number.POSITIVE_INFINITY)) break;
      if (filter.side === undefined || filter.side === socket.facts.side) entries.push(this.#show(socket));
    }
    return entries;
  }

  #show(socket: Registered): SocketEntry {
    const { id, facts, openedAt, control, transport } = socket;
    const bytes = { bytesUp: control.bytesUp(), bytesDown: control.bytesDown() };
    const shown = { id, ...facts, transport, openedAt: new Date(openedAt).toISOString(), ...bytes };
    const events = control.events?.();
    if (events === undefined) return shown;
    return { ...shown, agentId: control.agentId?.(), events, eventsPerSecond: this.#rate(socket, events) };
  }

  #rate(socket: Registered, events: number): number {
    const now = this.#now();
    if (now - socket.looks[1].at >= RATE_MS) socket.looks = [socket.looks[1], { at: now, events }];
    const [from] = socket.looks;
    return now > from.at ? (events - from.events) / ((now - from.at) / 1000) : 0;
  }

  /** Ids of the open sockets, of one side or of both, oldest first. */
  ids(side?: Side): readonly number[] {
    const all = [...this.#sockets.values()];
    return all.filter(({ facts }) => side === undefined || facts.side === side).map(({ id }) => id);
  }

  /** When a socket was opened, monotonic milliseconds; undefined when it is gone. */
  openedAt(id: number): number | undefined {
    return this.#sockets.get(id)?.openedMs;
  }

  /** Whether its client says that it is an agent. */
  isAgent(id: number): boolean {
    return this.#sockets.get(id)?.facts.agentContext !== undefined;
  }

  /** @returns false when the socket is gone already */
  close(id: number, reason: string): boolean {
    const socket = this.#sockets.get(id);
    socket?.control.close(reason);
    return socket !== undefined;
  }
}
