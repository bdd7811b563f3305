/** The open sockets: tunnels and long-polling sessions, for the admin API, metrics and drains. Never knows a session id or a token. */
import type { FacadeMetrics } from '../metrics/facade-metrics.js';
import type { Side } from '../side.js';

export type Transport = 'websocket' | 'polling';

/** What is known of an open socket when it is opened. */
export interface SocketFacts {
  readonly side: Side;
  readonly transport: Transport;
  /** The `X-Borealis-Agent-Context` that an agent sends; undefined for browsers. */
  readonly agentContext: string | undefined;
  readonly userAgent: string | undefined;
  /** The client's address, after `trustedProxies`. */
  readonly address: string;
}

/** An open socket as shown to an operator. */
export interface SocketEntry extends SocketFacts {
  /** Counts up from 1; unique while the facade runs. */
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly openedAt: string;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** How the registry reaches a socket. */
export interface SocketControl {
  /** Ends it at the transport (a tunnel) or at its next request (a polling session). */
  close(reason: string): void;
  bytesUp(): number;
  bytesDown(): number;
  /** Those of `bytesUp` that are no heartbeats: a side may act on them. */
  messageBytesUp(): number;
}

/** Handed to whoever opened the socket. */
export interface RegisteredSocket {
  readonly id: number;
  /** To be called once it has ended; further calls do nothing. */
  ended(reason: string): void;
}

/** Open sockets by side and transport. */
export type SocketCounts = Readonly<Record<Side, Readonly<Record<Transport, number>>>>;

export interface SocketRegistryOptions {
  readonly metrics: Pick<FacadeMetrics, 'socketOpened' | 'socketClosed'>;
  /** Wall clock, milliseconds. */
  readonly wallClock: () => number;
}

interface Registered {
  readonly id: number;
  readonly facts: SocketFacts;
  readonly openedAt: number;
  readonly control: SocketControl;
}

export class SocketRegistry {
  readonly #options: SocketRegistryOptions;
  readonly #sockets = new Map<number, Registered>();
  readonly #counts: Record<Side, Record<Transport, number>> = {
    legacy: { websocket: 0, polling: 0 },
    engine: { websocket: 0, polling: 0 },
  };
  #lastId = 0;

  constructor(options: SocketRegistryOptions) {
    this.#options = options;
  }

  add(facts: SocketFacts, control: SocketControl): RegisteredSocket {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#sockets.set(id, { id, facts, openedAt: this.#options.wallClock(), control });
    this.#counts[facts.side][facts.transport] += 1;
    this.#options.metrics.socketOpened(facts.side, facts.transport);
    return { id, ended: (reason) => this.#remove(id, reason) };
  }

  #remove(id: number, reason: string): void {
    const socket = this.#sockets.get(id);
    if (socket === undefined) return;
    const { side, transport } = socket.facts;
    this.#sockets.delete(id);
    this.#counts[side][transport] -= 1;
    this.#options.metrics.socketClosed(side, transport, reason);
  }

  /** Bytes that the clients of the open sockets have sent, heartbeats left out: those come from every one, all the time. */
  messageBytesUp(): number {
    let bytes = 0;
    for (const { control } of this.#sockets.values()) bytes += control.messageBytesUp();
    return bytes;
  }

  counts(): SocketCounts {
    return { legacy: { ...this.#counts.legacy }, engine: { ...this.#counts.engine } };
  }

  /** Oldest first. */
  list(filter: { readonly side?: Side; readonly limit?: number } = {}): readonly SocketEntry[] {
    const entries: SocketEntry[] = [];
    for (const { id, facts, openedAt, control } of this.#sockets.values()) {
      if (entries.length >= (filter.limit ?? Number.POSITIVE_INFINITY)) break;
      if (filter.side !== undefined && filter.side !== facts.side) continue;
      const bytes = { bytesUp: control.bytesUp(), bytesDown: control.bytesDown() };
      entries.push({ id, ...facts, openedAt: new Date(openedAt).toISOString(), ...bytes });
    }
    return entries;
  }

  /** Ids of the open sockets, of one side or of both, oldest first. */
  ids(side?: Side): readonly number[] {
    const all = [...this.#sockets.values()];
    return all.filter(({ facts }) => side === undefined || facts.side === side).map(({ id }) => id);
  }

  /** When a socket was opened, milliseconds of the wall clock; undefined when it is gone. */
  openedAt(id: number): number | undefined {
    return this.#sockets.get(id)?.openedAt;
  }

  /** @returns false when the socket is gone already */
  close(id: number, reason: string): boolean {
    const socket = this.#sockets.get(id);
    socket?.control.close(reason);
    return socket !== undefined;
  }
}
