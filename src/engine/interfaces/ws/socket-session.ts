/**
 * Socket.IO protocol 5 over one Engine.IO session: joining and leaving `/`, events in, events and acknowledgements out. What a client
 * sends wrongly is ignored; only who sends too much, or reads too little, is cut off.
 */
import type { Socket } from 'engine.io';
import { unfinishedBytesOf } from '../../../legacy-bridge/realtime/unfinished-bytes.js';
import type { WireText } from '../../domain/encode-payload.js';
import type { EngineLog } from '../../logging/engine-log.js';
import type { EventClient } from '../../services/event-hub.js';
import { cutConnection, unsentBytes } from './engine-io-server.js';
import { attachmentsOf } from './event-packet.js';
import { EventRate } from './event-rate.js';
import type { EventDispatching } from './relaying-dispatcher.js';
import { SerialQueue } from './serial-queue.js';

export interface SessionParts {
  /** The client's, for the log. */
  readonly address: string;
  readonly dispatcher: EventDispatching;
  /** A new client of the namespace, with a new id. */
  readonly join: (session: SocketSession) => EventClient;
  readonly left: (client: EventClient) => void;
  readonly maxMessageBytes: number;
  /** What may be unsent when more is to be sent. */
  readonly maxUnsentBytes: number;
  /** Packets per second in the long run; 0: any number. */
  readonly mostEventsPerSecond: number;
  readonly monotonic: () => number;
  readonly log: EngineLog;
}

/** Events of one connection that wait for their turn. */
const MOST_WAITING = 10_000;
const JOIN = /^0(?:(\/[^,{]*),?)?/;
const LEAVE = /^1(?:\/,?)?$/;

export class SocketSession {
  readonly #socket: Socket;
  readonly #parts: SessionParts;
  readonly #queue = new SerialQueue();
  readonly #rate: EventRate;
  #client: EventClient | undefined;
  /** A text whose bytes have not all come. */
  #partial: { readonly text: string; readonly attachments: Buffer[]; missing: number; bytes: number } | undefined;
  #unsent = 0;
  readonly #unfinishedBytes: () => number;

  constructor(socket: Socket, parts: SessionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#rate = new EventRate(parts.mostEventsPerSecond, parts.monotonic);
    this.#unfinishedBytes = unfinishedBytesOf(socket);
    socket.on('message', (data: unknown) => this.#receive(data));
    // Emitted when what waited in the session was handed to the transport.
    socket.on('drain', () => {
      this.#unsent = 0;
    });
    socket.once('close', () => this.#leave());
  }

  /** Resolves when all its events are done. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  send({ text, attachments }: WireText): void {
    if (this.#unsent + unsentBytes(this.#socket) > this.#parts.maxUnsentBytes) {
      this.#cut('it reads too slowly');
      return;
    }
    for (const part of [text, ...attachments]) {
      this.#unsent += part.length;
      this.#socket.send(part);
    }
  }

  /** Bytes that are held of what its client has begun to send, or sent and waits for its turn. */
  get heldBytes(): number {
    return this.#unfinishedBytes() + (this.#partial?.bytes ?? 0) + this.#queue.bytes;
  }

  /** By a close frame, or by ending the poll. */
  end(): void {
    this.#socket.transport.close();
  }

  endUnfinished(): void {
    this.#cut('it leaves a message unfinished, and all clients together hold too much of such');
  }

  /** Without waiting for the client. */
  cut(): void {
    cutConnection(this.#socket);
  }

  #receive(data: unknown): void {
    if (typeof data === 'string') {
      this.#partial = undefined;
      const missing = attachmentsOf(data);
      if (missing === 0) this.#take(data, []);
      else this.#partial = { text: data, attachments: [], missing, bytes: data.length };
      return;
    }
    const partial = this.#partial;
    if (partial === undefined || !Buffer.isBuffer(data)) return;
    partial.attachments.push(data);
    partial.missing -= 1;
    partial.bytes += data.length;
    if (partial.bytes > this.#parts.maxMessageBytes) {
      this.#cut('a message with its attachments is too large');
      return;
    }
    if (partial.missing > 0) return;
    this.#partial = undefined;
    this.#take(partial.text, partial.attachments);
  }

  #take(text: string, attachments: readonly Buffer[]): void {
    if (!this.#rate.take()) {
      this.#cut('it sends more events than the rate allows');
      return;
    }
    const kind = text[0];
    if (kind === '0') this.#join(text);
    else if (LEAVE.test(text)) this.#leave();
    else if ((kind === '2' || kind === '5') && this.#client !== undefined) this.#event(text, attachments, this.#client);
  }

  #event(text: string, attachments: readonly Buffer[], client: EventClient): void {
    const bytes = attachments.reduce((sum, part) => sum + part.length, text.length);
    if (this.#queue.length >= MOST_WAITING || this.#queue.bytes > this.#parts.maxMessageBytes) {
      this.#cut('its events come faster than they can be handled');
      return;
    }
    this.#queue.push(bytes, async () => {
      const { ack } = await this.#parts.dispatcher.dispatch({ text, attachments, client, use: 'handle' });
      // One that left meanwhile, even to join again, waits for no acknowledgement.
      if (ack !== undefined && this.#client === client) this.send({ text: ack, attachments: [] });
    });
  }

  #join(text: string): void {
    const namespace = JOIN.exec(text)?.[1] ?? '/';
    if (namespace !== '/') {
      this.send({ text: `4${namespace},{"message":"Unable to connect"}`, attachments: [] });
      return;
    }
    this.#leave();
    this.#client = this.#parts.join(this);
    this.send({ text: `0{"sid":${JSON.stringify(this.#client.id)}}`, attachments: [] });
  }

  #leave(): void {
    if (this.#client === undefined) return;
    this.#client.leave();
    this.#parts.left(this.#client);
    this.#client = undefined;
  }

  #cut(why: string): void {
    this.#parts.log.warn(`socket-cut-off address=${this.#parts.address} ${why}`);
    this.cut();
  }
}
