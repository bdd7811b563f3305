/**
 * The comparing of one session's events, one at a time: holds an event until its dry run is done, has the legacy acknowledge it
 * even where the client asks for nothing, and hands on what the legacy says meanwhile. docs/decisions/events-in-shadow.md.
 */

import { PACKET, type PacketHead, readPacketHead } from '../../../legacy-bridge/realtime/packet-head.js';
import type { EventRow } from '../../table/table-snapshot.js';
import type { EventComparison, EventShadow, ShadowedEvent } from './event-shadow.js';
import type { WholePacket } from './packet-assembler.js';
import type { Message } from './whole-packets.js';

/** Acknowledgement ids of ours begin here: those of clients count up from 0. */
const FIRST_OWN_ID = 2_000_000_000;
const OWN_IDS = 1_000_000_000;
/** Characters that an id of ours adds to an event. */
export const OWN_ID_LENGTH = 10;

export interface SessionShadowOptions extends Pick<ShadowedEvent, 'headers' | 'ask' | 'overhear'> {
  readonly shadow: EventShadow;
  /** An event that was held may go on. */
  readonly settled: () => void;
}

/** An event that waits for its dry run. */
interface Held {
  readonly packet: WholePacket;
  /** As the legacy is to get it. */
  readonly sent: WholePacket;
  readonly ackId: string;
  isReady: boolean;
  comparison: EventComparison | undefined;
}

export class SessionShadow {
  readonly #options: SessionShadowOptions;
  #held: Held | undefined;
  /** What the legacy has and has not acknowledged. */
  #current: Pick<Held, 'ackId' | 'comparison'> | undefined;
  #ownIds = 0;
  /** The client's ids could be taken for ours: nothing of it is compared any more. */
  #areIdsHigh = false;
  /** Attachments of an acknowledgement that is not the client's. */
  #toSkip = 0;
  #isClosed = false;

  constructor(options: SessionShadowOptions) {
    this.#options = options;
  }

  /** @returns what goes to the legacy; undefined while the event must wait, to be asked again after `settled` */
  passage(packet: WholePacket, text: string, head: PacketHead, row: EventRow): WholePacket | undefined {
    if (this.#held?.packet === packet) return this.#held.isReady ? this.#passOn(this.#held) : undefined;
    const { shadow, headers, ask, overhear } = this.#options;
    const own = head.hasAckId ? undefined : this.#nextId();
    const ackId = own ?? plainId(text.slice(head.ackAt, head.dataAt));
    if (own === undefined && Number(ackId) >= FIRST_OWN_ID) this.#areIdsHigh = true;
    if (this.#isClosed || this.#areIdsHigh || !shadow.wants(row)) return packet;
    if (this.#current?.comparison?.isOver === false) {
      shadow.busy(row);
      return packet;
    }
    const [, ...attachments] = packet;
    const sent: WholePacket =
      own === undefined ? packet : [text.slice(0, head.ackAt) + own + text.slice(head.dataAt), ...attachments];
    const held: Held = { packet, sent, ackId, isReady: false, comparison: undefined };
    const event = { row, headers, ask, overhear, packet: sent, data: text.slice(head.dataAt) };
    if (!shadow.begin(event, (comparison) => this.#ready(held, comparison))) return packet;
    this.#held = held;
    return undefined;
  }

  /** The event that waits does not go to the legacy after all. */
  release(): void {
    this.#held?.comparison?.giveUp();
    this.#held = undefined;
  }

  /** A message of the legacy. @returns false when it is none of the client's */
  heard(message: Message): boolean {
    if (typeof message !== 'string') {
      if (this.#toSkip === 0) return true;
      this.#toSkip -= 1;
      return false;
    }
    const type = message.charCodeAt(0) - 0x30;
    const isAck = type === PACKET.ack || type === PACKET.binaryAck;
    const isEvent = type === PACKET.event || type === PACKET.binaryEvent;
    if (!isAck && !(isEvent && this.#current !== undefined)) return true;
    const head = readPacketHead(message);
    if (head?.namespace !== '/') return true;
    if (isEvent) this.#current?.comparison?.emitted(head.attachments > 0 ? undefined : message.slice(head.dataAt));
    return isEvent || this.#acknowledged(message, head);
  }

  /** The session is about to end: nothing is compared any more. */
  close(): void {
    this.#isClosed = true;
    this.release();
    this.#current?.comparison?.giveUp();
    this.#current = undefined;
  }

  #nextId(): string {
    this.#ownIds = (this.#ownIds + 1) % OWN_IDS;
    return String(FIRST_OWN_ID + this.#ownIds);
  }

  #ready(held: Held, comparison: EventComparison | undefined): void {
    if (this.#held !== held) {
      comparison?.giveUp();
      return;
    }
    held.isReady = true;
    held.comparison = comparison;
    this.#options.settled();
  }

  #passOn({ packet, sent, ackId, comparison }: Held): WholePacket {
    this.#held = undefined;
    if (comparison === undefined) return packet;
    this.#current = { ackId, comparison };
    comparison.passedOn();
    return sent;
  }

  #acknowledged(text: string, { ackAt, dataAt, attachments }: PacketHead): boolean {
    const ackId = plainId(text.slice(ackAt, dataAt));
    if (ackId === this.#current?.ackId) {
      this.#current.comparison?.acknowledged(text.slice(dataAt));
      this.#current = undefined;
    }
    // Also what comes too late to be compared.
    const isOwn = !this.#areIdsHigh && Number(ackId) >= FIRST_OWN_ID;
    if (isOwn) this.#toSkip = attachments;
    return !isOwn;
  }
}

/** Python reads ids as numbers and writes them anew. */
function plainId(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}
