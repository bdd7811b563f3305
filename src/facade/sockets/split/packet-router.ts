/**
 * Where the packets of one bridged session go. Follows whether the client has joined the namespace `/`, and which of its events
 * the engine has not answered. Decodes an event's name and nothing behind it. docs/decisions/packet-bridge.md: order.
 */

import { PRESENCE_EVENTS } from '../../../legacy-bridge/realtime/client-events.js';
import {
  claimedAgentId,
  eventName,
  joinedSocket,
  PACKET,
  type PacketHead,
  readPacketHead,
  withoutAckId,
} from '../../../legacy-bridge/realtime/packet-head.js';
import type { RequestFacts } from '../../decision/client-key.js';
import { type EventFateWord, type EventMetrics, OTHER_EVENTS } from '../../metrics/event-metrics.js';
import type { Side } from '../../side.js';
import type { TableSnapshot } from '../../table/table-snapshot.js';
import type { EngineLink, EventFate } from './engine-link.js';
import { exceedsLegacy } from './legacy-length.js';
import type { WholePacket } from './packet-assembler.js';
import { type EventRoute, routeEvent } from './route-event.js';
import { SaidPresence } from './said-presence.js';
import { OWN_ID_LENGTH, type SessionShadow } from './session-shadow.js';
import type { Message } from './whole-packets.js';

/** How long an event waits for the engine to be done with earlier ones of its name: a flip away from an engine that hangs must help. */
export const LONGEST_TURN_MS = 5_000;

export interface PacketRouterOptions {
  readonly session: string;
  readonly client: RequestFacts;
  readonly table: () => Pick<TableSnapshot, 'sockets'>;
  readonly link: Pick<EngineLink, 'event' | 'joined' | 'left'>;
  readonly metrics: EventMetrics;
  /** Undefined where nothing compares events. */
  readonly shadow: Pick<SessionShadow, 'passage' | 'release'> | undefined;
  /** Longest message that the legacy takes. */
  readonly legacyMessageBytes: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly toLegacy: (packet: WholePacket) => void;
  readonly toClient: (packet: readonly Message[]) => void;
  /** The client sent what ends its connection. */
  readonly refuse: (reason: 'legacy-message-size' | 'protocol-error') => void;
  /** The client asks to be let in. @returns what is to be called once the legacy has answered */
  readonly joining: () => () => void;
  /** Something was settled that `dispatch` may have waited for. */
  readonly settled: () => void;
}

export class PacketRouter {
  readonly #options: PacketRouterOptions;
  #state: 'out' | 'joining' | 'in' = 'out';
  #socket: string | undefined;
  #presenceAtEngine = false;
  /** Gives back the place that the client has while the legacy owes it an answer to its `40`: one at most. */
  #answered = (): void => undefined;
  #agentId: string | undefined;
  readonly #said = new SaidPresence();
  /** Events at the engine that it has not answered, by name. */
  readonly #atEngine = new Map<string, number>();

  constructor(options: PacketRouterOptions) {
    this.#options = options;
  }

  /** The client's id in the namespace `/` while it has joined. */
  get socket(): string | undefined {
    return this.#socket;
  }

  /** Whether an engine that has forgotten it can't be told by us which agent this is: it, and not the legacy, was told last. */
  get mustRegisterAnew(): boolean {
    return this.#presenceAtEngine && this.#said.isIncomplete;
  }

  /** The id that the client gave as an agent, for operators. */
  get agentId(): string | undefined {
    return this.#agentId;
  }

  /**
   * @param isLast its client's session is about to end: it waits for no turn
   * @returns false when the packet must wait, and with it those behind: to be tried again after `settled`, and after `LONGEST_TURN_MS`
   */
  dispatch(packet: WholePacket, arrivedAt: number, isLast = false): boolean {
    const [text] = packet;
    const head = typeof text === 'string' ? readPacketHead(text) : undefined;
    if (typeof text !== 'string' || head === undefined || head.namespace !== '/') {
      this.#toLegacy(packet);
      return true;
    }
    if (head.type === PACKET.event || head.type === PACKET.binaryEvent) {
      return this.#dispatchEvent(packet, { text, head, arrivedAt, isLast });
    }
    if (head.type === PACKET.connect && this.#state === 'out') {
      this.#state = 'joining';
      this.#answered = this.#options.joining();
    }
    if (head.type === PACKET.disconnect) this.#leave();
    this.#toLegacy(packet);
    return true;
  }

  /** A text of the legacy, on its way to the client. */
  legacySaid(text: string): void {
    const type = text.charCodeAt(0) - 0x30;
    if (type !== PACKET.connect && type !== PACKET.disconnect && type !== PACKET.connectError) return;
    const head = readPacketHead(text);
    if (head?.namespace !== '/') return;
    this.#owedNothing();
    const socket = type === PACKET.connect ? joinedSocket(text, head) : undefined;
    if (socket === undefined) this.#leave();
    else {
      // Joined twice: the legacy has given it another id, without rooms.
      if (this.#socket !== undefined && this.#socket !== socket) this.#leave();
      this.#state = 'in';
      this.#socket = socket;
      this.#options.link.joined(this.#options.session, socket);
    }
    this.#options.settled();
  }

  /**
   * The engine was reached anew and knows nobody: lets it learn what it was told of the client's being there, or could not be.
   * @returns false when it does not take all of it now: to be called again
   */
  retell(): boolean {
    const { table, client, link, session, now } = this.#options;
    for (const { event, packet } of this.#said.list(now())) {
      const { owner, both } = routeEvent(table().sockets, event, client);
      const isTold = owner === 'engine' || both;
      if (isTold && !link.event({ session, use: 'learn', messages: packet }, () => {})) return false;
    }
    return true;
  }

  /** The session has ended: nobody waits for an answer any more. */
  close(): void {
    this.#owedNothing();
  }

  #owedNothing(): void {
    this.#answered();
    this.#answered = () => undefined;
  }

  #leave(): void {
    this.#owedNothing();
    if (this.#state === 'in') this.#options.link.left(this.#options.session);
    this.#state = 'out';
    this.#socket = undefined;
    this.#said.clear();
  }

  #dispatchEvent(packet: WholePacket, event: ReadEvent): boolean {
    const { table, client, metrics } = this.#options;
    const name = eventName(event.text, event.head);
    const route = routeEvent(table().sockets, name, client);
    // To be told to the engine, the client must have joined there; the legacy's answer to that is on its way.
    if (this.#state === 'joining' && (route.owner === 'engine' || route.both)) return false;
    if (route.owner === 'legacy' && name !== undefined && this.#atEngine.has(name) && this.#mayWait(event))
      return false;
    this.#notePresence(name, packet, event, route.owner);
    if (route.owner === 'engine') {
      // Where the row moved while the event waited to be compared.
      this.#options.shadow?.release();
      this.#toEngine(packet, event, route);
    } else {
      const passing = this.#compared(packet, event, route);
      if (passing === undefined) return false;
      if (!this.#toLegacy(passing)) return true;
      metrics.eventHandled(route.row?.event ?? OTHER_EVENTS, 'legacy', 'passed', 0);
      if (route.both) this.#teach(packet, route);
    }
    return true;
  }

  /** Of events that tell a side which agent a client is. */
  #notePresence(
    name: string | undefined,
    packet: WholePacket,
    { text, head, arrivedAt }: ReadEvent,
    owner: Side,
  ): void {
    const event = PRESENCE_EVENTS.find((one) => one === name);
    if (event === undefined) return;
    this.#presenceAtEngine = owner === 'engine';
    const agentId = claimedAgentId(text, head);
    if (event === 'connect_agent') this.#agentId = agentId ?? this.#agentId;
    if (this.#state === 'in') this.#said.note({ event, packet, at: arrivedAt }, agentId);
  }

  /** @returns what goes to the legacy; undefined while the event waits for a dry run */
  #compared(packet: WholePacket, { text, head }: ReadEvent, { row, compared }: EventRoute): WholePacket | undefined {
    const { shadow, legacyMessageBytes } = this.#options;
    // The engine knows nobody who has not joined.
    const isFit = compared && this.#state === 'in' && isProper(packet);
    if (shadow === undefined || row === undefined || !isFit) return packet;
    return text.length + OWN_ID_LENGTH > legacyMessageBytes ? packet : shadow.passage(packet, text, head, row);
  }

  #mayWait({ arrivedAt, isLast }: ReadEvent): boolean {
    return !isLast && this.#options.now() - arrivedAt < LONGEST_TURN_MS;
  }

  /** @returns false when the legacy would end the connection over it */
  #toLegacy(packet: WholePacket): boolean {
    if (exceedsLegacy(packet, this.#options.legacyMessageBytes)) {
      this.#options.refuse('legacy-message-size');
      return false;
    }
    this.#options.toLegacy(packet);
    return true;
  }

  /** The engine learns what the legacy handles. */
  #teach(packet: WholePacket, { row }: EventRoute): void {
    if (row === undefined || this.#state !== 'in' || !isProper(packet)) return;
    const { link, session } = this.#options;
    const taken = link.event({ session, use: 'learn', messages: packet }, () => {});
    this.#count(row.event, 'engine', taken ? 'copied' : 'dropped');
  }

  #toEngine(packet: WholePacket, event: ReadEvent, route: EventRoute): void {
    const { link, session } = this.#options;
    const name = route.row?.event ?? '';
    if (!isProper(packet)) {
      this.#options.refuse('protocol-error');
      return;
    }
    if (this.#state === 'out') {
      this.#count(name, 'engine', 'ignored');
      return;
    }
    const taken = link.event({ session, use: 'handle', messages: packet }, (fate) =>
      this.#engineAnswered(packet, event, route, fate),
    );
    if (!taken) {
      this.#fallBack(packet, route);
      if (route.both && route.row?.fallback !== 'legacy') this.#copyToLegacy(packet, event, name);
      return;
    }
    this.#atEngine.set(name, (this.#atEngine.get(name) ?? 0) + 1);
    if (route.both) this.#copyToLegacy(packet, event, name);
  }

  /** A plain copy: the engine acknowledges. */
  #copyToLegacy(packet: WholePacket, { text, head }: ReadEvent, name: string): void {
    const [, ...attachments] = packet;
    const copy: WholePacket = [withoutAckId(text, head), ...attachments];
    // Refused by the legacy it would end the connection, for an event that the engine takes.
    if (exceedsLegacy(copy, this.#options.legacyMessageBytes)) {
      this.#count(name, 'legacy', 'dropped');
      return;
    }
    this.#options.toLegacy(copy);
    this.#count(name, 'legacy', 'copied');
  }

  #engineAnswered(packet: WholePacket, { arrivedAt }: ReadEvent, route: EventRoute, fate: EventFate): void {
    const name = route.row?.event ?? '';
    const left = (this.#atEngine.get(name) ?? 1) - 1;
    if (left > 0) this.#atEngine.set(name, left);
    else this.#atEngine.delete(name);
    if (fate === 'lost') this.#count(name, 'engine', 'lost');
    else {
      const { outcome, ack } = fate.done;
      this.#options.metrics.eventHandled(name, 'engine', outcome, (this.#options.now() - arrivedAt) / 1000);
      if (ack !== undefined) this.#options.toClient([ack, ...fate.attachments]);
      // Nothing happened at the engine; under `both` the legacy has had its copy.
      if ((outcome === 'refused' || outcome === 'unknown') && !route.both) this.#fallBack(packet, route);
    }
    this.#options.settled();
  }

  #fallBack(packet: WholePacket, { row }: EventRoute): void {
    const name = row?.event ?? '';
    if (row?.fallback !== 'legacy') this.#count(name, 'engine', 'dropped');
    else if (this.#toLegacy(packet)) this.#count(name, 'legacy', 'fallback');
  }

  #count(name: string, side: 'legacy' | 'engine', fate: EventFateWord): void {
    this.#options.metrics.eventHandled(name, side, fate, 0);
  }
}

/** An event as far as it was read. */
interface ReadEvent {
  readonly text: string;
  readonly head: PacketHead;
  /** Monotonic milliseconds. */
  readonly arrivedAt: number;
  readonly isLast: boolean;
}

/** A text with binary attachments: what the link carries. */
function isProper([text, ...attachments]: WholePacket): boolean {
  return typeof text === 'string' && attachments.every((attachment) => typeof attachment !== 'string');
}
