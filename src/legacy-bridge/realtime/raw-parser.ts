/**
 * A parser for socket.io-client that reads the head of each packet and no more: events are handed on as the legacy wrote them. The
 * library's own would read JavaScript's values, and lose Python's integers, `1.0` and the order of keys like digits.
 * docs/decisions/legacy-relay.md.
 */
import { EventEmitter } from 'node:events';
import { RESERVED_EVENTS } from './client-events.js';
import { attachmentsOf, eventName, isBinary, PACKET, readPacketHead, withoutAckId } from './packet-head.js';

/** An event of the namespace `/` as it came: a packet without acknowledgement id, and the bytes that its placeholders stand for. */
export interface RawEvent {
  readonly text: string;
  readonly attachments: readonly Buffer[];
}

/** As socket.io-client writes and reads packets; of an event to be sent, `data` is its name and its argument's JSON. */
interface ClientPacket {
  readonly type: number;
  readonly nsp: string;
  readonly id?: number;
  readonly data?: unknown;
}

/** What is no event of ours is left out, as socket.io-client itself would close the connection over it. */
class RawDecoder extends EventEmitter {
  #partial: { readonly text: string; readonly attachments: Buffer[]; readonly wanted: number } | undefined;

  add(data: string | Buffer): void {
    if (typeof data !== 'string') {
      this.#attach(data);
      return;
    }
    const wanted = attachmentsOf(data);
    this.#partial = wanted === 0 ? undefined : { text: data, attachments: [], wanted };
    if (wanted === 0) this.#take(data, []);
  }

  destroy(): void {
    this.#partial = undefined;
  }

  #attach(data: Buffer): void {
    const partial = this.#partial;
    if (partial === undefined) return;
    partial.attachments.push(data);
    if (partial.attachments.length < partial.wanted) return;
    this.#partial = undefined;
    this.#take(partial.text, partial.attachments);
  }

  #take(text: string, attachments: readonly Buffer[]): void {
    const packet = packetOf(text, attachments);
    if (packet !== undefined) this.emit('decoded', packet);
  }
}

function packetOf(text: string, attachments: readonly Buffer[]): ClientPacket | undefined {
  const head = readPacketHead(text);
  if (head?.namespace !== '/') return undefined;
  const { type, ackAt, dataAt } = head;
  const nsp = '/';
  switch (type) {
    case PACKET.connect:
      return { type, nsp, data: jsonOf(text.slice(dataAt)) };
    case PACKET.connectError:
      return { type, nsp, data: { message: text.slice(dataAt) } };
    case PACKET.disconnect:
      return { type, nsp };
    case PACKET.ack:
    case PACKET.binaryAck:
      return { type: PACKET.ack, nsp, id: Number(text.slice(ackAt, dataAt)), data: [] };
    default: {
      const name = eventName(text, head);
      if (name === undefined || RESERVED_EVENTS.includes(name)) return undefined;
      const event: RawEvent = { text: withoutAckId(text, head), attachments };
      return { type: isBinary(type) ? PACKET.binaryEvent : PACKET.event, nsp, data: [name, event] };
    }
  }
}

function jsonOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // Then nobody has joined.
  }
}

class RawEncoder {
  encode({ type, id, data }: ClientPacket): readonly string[] {
    if (type !== PACKET.event) return [String(type)];
    const [name, json] = data as readonly [string, string];
    return [`${type}${id ?? ''}[${JSON.stringify(name)},${json}]`];
  }
}

/** For the option `parser`. */
export const rawParser = { Encoder: RawEncoder, Decoder: RawDecoder };
