/** Puts a client's messages together to whole Socket.IO packets: a text, or the head of a binary packet with its attachments. */
import { attachmentsOf } from '../../../legacy-bridge/realtime/packet-head.js';
import type { Message } from './whole-packets.js';

/** More than any client of the legacy sends; each costs memory, however short it is. */
const MOST_ATTACHMENTS = 1_000;

/** First the text; a packet that is a binary message alone belongs to none. */
export type WholePacket = readonly [Message, ...Message[]];

export class PacketAssembler {
  readonly #mostBytes: number;
  #packet: [Message, ...Message[]] | undefined;
  #missing = 0;
  #bytes = 0;

  /** @param mostBytes of one packet with its attachments */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Whether a packet misses attachments. */
  get isOpen(): boolean {
    return this.#packet !== undefined;
  }

  /** Of a packet that misses attachments. */
  get heldBytes(): number {
    return this.isOpen ? this.#bytes : 0;
  }

  /** @returns the packet that the message completes; undefined while it misses attachments; `too-large` beyond a limit */
  take(message: Message): WholePacket | 'too-large' | undefined {
    if (this.#packet === undefined) {
      const attachments = typeof message === 'string' ? attachmentsOf(message) : 0;
      if (attachments === 0) return [message];
      if (attachments > MOST_ATTACHMENTS) return 'too-large';
      this.#packet = [message];
      this.#missing = attachments;
      this.#bytes = message.length;
      return undefined;
    }
    // Whatever comes is taken for the attachment, as the legacy does.
    this.#packet.push(message);
    this.#bytes += message.length;
    if (this.#bytes > this.#mostBytes) return 'too-large';
    this.#missing -= 1;
    if (this.#missing > 0) return undefined;
    const packet = this.#packet;
    this.#packet = undefined;
    return packet;
  }
}

/** Characters and bytes of a packet, near enough to limit memory by. */
export function packetLength(packet: WholePacket): number {
  let length = 0;
  for (const message of packet) length += message.length;
  return length;
}
