/**
 * Follows what a client sends through a tunnel, frame by frame, only as far as to tell heartbeats from what a side may act on
 * (RFC 6455 5.2). Keeps nothing of a payload, changes nothing, delays nothing.
 */

const MASKED = 0x80;
const LENGTH = 0x7f;
const MASK_BYTES = 4;
/** `FIN` and a text, without extensions: how Engine.IO sends each packet. */
const WHOLE_TEXT = 0x81;
/** `FIN` with the opcodes of WebSocket's own ping and pong. */
const PING = 0x89;
const PONG = 0x8a;
/** Engine.IO's packets without data: the client's answer to a ping, and the ping of older clients. */
const HEARTBEATS: ReadonlySet<number> = new Set(Buffer.from('23'));

export class ClientFrames {
  /** Bytes of a frame's head that are there; of a text of one byte also that one. */
  #head: number[] = [];
  /** Payload bytes that are still to come. */
  #payload = 0;
  #heartbeatBytes = 0;
  #isLost = false;

  /** Bytes of frames that are heartbeats. */
  get heartbeatBytes(): number {
    return this.#heartbeatBytes;
  }

  /** The bytes in the order in which they come, cut anywhere. */
  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#isLost) {
      if (this.#payload > 0) {
        const skipped = Math.min(this.#payload, chunk.length - at);
        this.#payload -= skipped;
        at += skipped;
      } else {
        this.#head.push(chunk[at] as number);
        at += 1;
        if (this.#head.length >= 2) this.#readHead(this.#head);
      }
    }
  }

  #readHead(head: readonly number[]): void {
    const [first = 0, second = 0] = head;
    // What a client sends is masked (5.1): without that these are no frames, and all of it counts as messages.
    if ((second & MASKED) === 0) {
      this.#isLost = true;
      return;
    }
    const short = second & LENGTH;
    const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
    const headBytes = 2 + lengthBytes + MASK_BYTES;
    const isOneByteText = first === WHOLE_TEXT && short === 1;
    if (head.length < headBytes + (isOneByteText ? 1 : 0)) return;
    if (isOneByteText) {
      if (HEARTBEATS.has((head[headBytes] as number) ^ (head[2] as number))) this.#heartbeatBytes += head.length;
    } else {
      const length = head.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
      this.#payload = lengthBytes === 0 ? short : length;
      if (first === PING || first === PONG) this.#heartbeatBytes += headBytes + this.#payload;
    }
    this.#head = [];
  }
}
