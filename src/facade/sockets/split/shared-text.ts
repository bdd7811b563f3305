/**
 * A text for many clients, turned into a WebSocket frame once and not per client: a screenshot to a thousand of them would
 * otherwise be held a thousand times while it leaves.
 */
import type { Socket } from 'engine.io';

type SendOptions = NonNullable<Parameters<Socket['send']>[1]>;

const FIN_TEXT = 0x81;
/** Engine.IO's type of a message, before the text. */
const MESSAGE = '4';

export class SharedText {
  readonly text: string;
  #options: SendOptions | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get length(): number {
    return this.text.length;
  }

  /** For engine.io, whose WebSocket transport takes a frame in place of the text (as socket.io's own adapter hands it over). */
  sendOptions(): SendOptions {
    this.#options ??= { wsPreEncodedFrame: textFrame(Buffer.from(MESSAGE + this.text)) } as SendOptions;
    // The package writes into what it is given.
    return { ...this.#options };
  }
}

/** Head and payload of an unmasked text frame (RFC 6455 5.2). */
export function textFrame(payload: Buffer): readonly [Buffer, Buffer] {
  const { length } = payload;
  if (length < 126) return [Buffer.from([FIN_TEXT, length]), payload];
  if (length < 65_536) {
    const head = Buffer.from([FIN_TEXT, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
    return [head, payload];
  }
  const head = Buffer.alloc(10);
  head[0] = FIN_TEXT;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return [head, payload];
}
