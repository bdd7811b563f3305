/**
 * A request body on its way to a side: reads nothing before the side takes it, pauses when the side is slow, gives up
 * when the client is. Owns its listeners on the request and nothing else: destroying it leaves the client's connection alone.
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Why a body could not be read to its end. */
export type BodyFailure = 'client_body_stalled' | 'client_body_cut';

/** The beginning of a body, read by someone before. */
export interface TakenBody {
  readonly bytes: Buffer;
  /** These are all of it. */
  readonly complete: boolean;
}

export interface RequestBodyOptions {
  /** Default: nothing was read yet. */
  readonly taken?: TakenBody | undefined;
  /** Longest pause between two pieces, milliseconds, while the side is ready to take one. */
  readonly idleMs: number;
  /** Called once, when the side begins to take the body: the moment to send `100 Continue`. */
  readonly onStart: () => void;
  /** Called at most once, before the stream is destroyed. */
  readonly onFailure: (failure: BodyFailure) => void;
}

export class RequestBody extends Readable {
  /** Bytes read from the client. */
  bytes = 0;
  readonly #source: IncomingMessage;
  readonly #options: RequestBodyOptions;
  #started = false;
  #wanted = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: IncomingMessage, options: RequestBodyOptions) {
    super({ highWaterMark: 64 * 1024 });
    this.#source = source;
    this.#options = options;
  }

  override _read(): void {
    this.#wanted = true;
    if (!this.#started) this.#start();
    else this.#timer?.refresh();
    this.#source.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    if (this.#started) {
      const source = this.#source;
      source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
      // What still comes is of no use to anyone, but must be read for the connection to serve another request.
      source.resume();
    }
    done(error);
  }

  #start(): void {
    this.#started = true;
    this.#options.onStart();
    const { taken } = this.#options;
    if (taken !== undefined) {
      this.bytes = taken.bytes.length;
      if (this.bytes > 0) this.push(taken.bytes);
      if (taken.complete) {
        // Not at once: undici announces the length of a stream that has ended, and the side must see the client's framing.
        setImmediate(() => this.destroyed || this.push(null));
        return;
      }
    }
    this.#source.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
    this.#timer = setTimeout(this.#onIdle, this.#options.idleMs);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.bytes += chunk.length;
    this.#timer?.refresh();
    if (!this.push(chunk)) {
      this.#wanted = false;
      this.#source.pause();
    }
  };

  readonly #onEnd = (): void => {
    clearTimeout(this.#timer);
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (!this.#source.complete) this.#fail('client_body_cut');
  };

  readonly #onIdle = (): void => {
    if (this.#wanted) this.#fail('client_body_stalled');
    else this.#timer?.refresh();
  };

  #fail(failure: BodyFailure): void {
    if (this.destroyed) return;
    this.#options.onFailure(failure);
    this.destroy();
  }
}
