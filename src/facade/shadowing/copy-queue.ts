/**
 * Copies that wait for their turn, and how many are under way. When it is full the oldest goes: the answer to be compared with
 * was given longest ago, so it is the likeliest to differ by time alone.
 */
import type { DropReason } from '../comparing/drop-reason.js';
import type { Log } from '../logging/log.js';

export interface CopyQueueOptions {
  /** Most copies under way. */
  readonly concurrency: number;
  /** Most copies that wait. */
  readonly most: number;
  /** Longest wait, milliseconds. */
  readonly maxWaitMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

/** A copy as the queue sees it. */
export interface QueuedCopy {
  /** Settles when the copy is done with, whatever came of it. One that rejects, by a fault of ours, is dropped. */
  send(): Promise<void>;
  drop(reason: DropReason): void;
  /** Ends it while it is under way: `send` settles soon. */
  cut(reason: DropReason): void;
}

export class CopyQueue {
  readonly #options: CopyQueueOptions;
  /** In the order of their coming, with the time until which each may wait. */
  readonly #waiting = new Map<QueuedCopy, number>();
  readonly #sent = new Set<QueuedCopy>();
  #planned = false;

  constructor(options: CopyQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get underWay(): number {
    return this.#sent.size;
  }

  /** Sends the copy as soon as may be, but after what is being done now: the client's own request goes first. */
  add(copy: QueuedCopy): void {
    if (this.#waiting.size >= this.#options.most) this.#dropOldest();
    this.#waiting.set(copy, this.#options.now() + this.#options.maxWaitMs);
    this.#plan();
  }

  /** Takes a copy back; it is not told. @returns false when it is not waiting (any more) */
  remove(copy: QueuedCopy): boolean {
    return this.#waiting.delete(copy);
  }

  /** Drops all that wait or are under way: what becomes of them from now on says nothing of a side. */
  close(): void {
    for (const copy of [...this.#waiting.keys()]) this.#drop(copy, 'stopping');
    for (const copy of this.#sent) copy.cut('stopping');
  }

  #plan(): void {
    if (this.#planned || this.underWay >= this.#options.concurrency) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    const now = this.#options.now();
    for (const [copy, until] of this.#waiting) {
      if (now > until) this.#drop(copy, 'stale');
      else if (this.underWay >= this.#options.concurrency) return;
      else {
        this.#waiting.delete(copy);
        this.#sent.add(copy);
        void this.#send(copy);
      }
    }
  }

  async #send(copy: QueuedCopy): Promise<void> {
    try {
      await copy.send();
    } catch (error) {
      this.#options.log.error('copy failed', { cause: error instanceof Error ? error.stack : String(error) });
      copy.drop('compare_failed');
    } finally {
      this.#sent.delete(copy);
      if (this.#waiting.size > 0) this.#plan();
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#drop(oldest, 'queue_full');
  }

  #drop(copy: QueuedCopy, reason: DropReason): void {
    this.#waiting.delete(copy);
    copy.drop(reason);
  }
}
