/**
 * Clients that have joined, whichever way they came, and the rooms that they are in. What is emitted is encoded once and handed to each
 * carrier once; a carrier delivers it to its own clients alone, so that each client hears it exactly once.
 */
import { encodeEvent } from '../domain/encode-event.js';
import type { WireText } from '../domain/encode-payload.js';

/** Brings events to the clients that came over it. */
export interface EventCarrier {
  /** To all of its clients that have joined, or to some, by their ids. */
  send(to: 'all' | readonly string[], event: string, packet: WireText): void;
}

/** Rooms that one client may be in; beyond that it leaves the one joined first. */
const MOST_ROOMS = 1000;

/** One joining of one client: it ends when the client leaves, and a new one begins when it joins again. */
export class EventClient {
  /** Unique among the clients of its carrier. */
  readonly id: string;
  readonly #hub: EventHub;
  readonly #carrier: EventCarrier;
  readonly rooms = new Set<string>();
  #hasLeft = false;

  constructor(id: string, carrier: EventCarrier, hub: EventHub) {
    this.id = id;
    this.#hub = hub;
    this.#carrier = carrier;
  }

  get carrier(): EventCarrier {
    return this.#carrier;
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Nothing once it has left: a handler may end after its client. */
  join(room: string): void {
    if (this.#hasLeft || this.rooms.has(room)) return;
    this.rooms.add(room);
    this.#hub.enter(room, this);
    for (const first of this.rooms) {
      if (this.rooms.size <= MOST_ROOMS) break;
      this.rooms.delete(first);
      this.#hub.leave(first, this);
    }
  }

  send(event: string, payload: unknown): void {
    this.pass(event, encodeEvent(event, payload));
  }

  /** Sends a packet as it is. */
  pass(event: string, packet: WireText): void {
    if (!this.#hasLeft) this.#carrier.send([this.id], event, packet);
  }

  leave(): void {
    this.#hasLeft = true;
    for (const room of this.rooms) this.#hub.leave(room, this);
    this.rooms.clear();
  }
}

export class EventHub {
  readonly #carriers = new Set<EventCarrier>();
  readonly #rooms = new Map<string, Set<EventClient>>();

  /** @returns takes the carrier away again; its clients must have left */
  attach(carrier: EventCarrier): () => void {
    this.#carriers.add(carrier);
    return () => this.#carriers.delete(carrier);
  }

  join(id: string, carrier: EventCarrier): EventClient {
    return new EventClient(id, carrier, this);
  }

  enter(room: string, client: EventClient): void {
    const members = this.#rooms.get(room);
    if (members === undefined) this.#rooms.set(room, new Set([client]));
    else members.add(client);
  }

  leave(room: string, client: EventClient): void {
    const members = this.#rooms.get(room);
    members?.delete(client);
    if (members?.size === 0) this.#rooms.delete(room);
  }

  /** Rooms that somebody is in. */
  get rooms(): number {
    return this.#rooms.size;
  }

  isInRoom(room: string): boolean {
    return this.#rooms.has(room);
  }

  /** @param room undefined for every client */
  emit(event: string, payload: unknown, room?: string): void {
    const packet = encodeEvent(event, payload);
    if (room === undefined) {
      for (const carrier of this.#carriers) carrier.send('all', event, packet);
      return;
    }
    const byCarrier = new Map<EventCarrier, string[]>();
    for (const { carrier, id } of this.#rooms.get(room) ?? []) {
      const ids = byCarrier.get(carrier);
      if (ids === undefined) byCarrier.set(carrier, [id]);
      else ids.push(id);
    }
    for (const [carrier, ids] of byCarrier) carrier.send(ids, event, packet);
  }

  /** Sends a packet as it is, to those in the room who came over one carrier. */
  pass(carrier: EventCarrier, room: string, event: string, packet: WireText): void {
    const members = [...(this.#rooms.get(room) ?? [])].filter((client) => client.carrier === carrier);
    if (members.length > 0)
      carrier.send(
        members.map(({ id }) => id),
        event,
        packet,
      );
  }
}
