/**
 * Keeps packets whole on one direction of a connection: the messages of a binary packet follow one another without
 * anything between them, however many hands send. Counts messages; knows no transport.
 */
import { attachmentsOf } from '../../../legacy-bridge/realtime/packet-head.js';
import type { SharedText } from './shared-text.js';

/** A Socket.IO packet with its attachments, or a part of one: texts and binary messages of Engine.IO. */
export type Message = string | Buffer;

/** A message on its way to a client. */
export type Outgoing = Message | SharedText;

export class WholePackets {
  readonly #send: (message: Outgoing) => void;
  /** Binary messages that the packet under way still misses. */
  #missing = 0;
  /** Packets that wait for the one under way. */
  #waiting: (readonly Outgoing[])[] = [];

  constructor(send: (message: Outgoing) => void) {
    this.#send = send;
  }

  /** Whether the last packet passed on misses attachments. */
  get isOpen(): boolean {
    return this.#missing > 0;
  }

  /** Packets that wait for the one under way to be whole. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The next message of the stream that this direction is mainly for; goes at once. */
  pass(message: Message): void {
    if (typeof message === 'string') this.#missing = attachmentsOf(message);
    else if (this.#missing > 0) this.#missing -= 1;
    this.#send(message);
    if (this.#missing === 0 && this.#waiting.length > 0) this.#release();
  }

  /** A whole packet from elsewhere; goes as soon as none is under way. */
  insert(messages: readonly Outgoing[]): void {
    if (this.#missing > 0) this.#waiting.push(messages);
    else for (const message of messages) this.#send(message);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const messages of waiting) for (const message of messages) this.#send(message);
  }
}
