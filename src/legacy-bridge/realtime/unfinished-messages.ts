/**
 * Bounds what is held of messages that are not whole yet, over all clients together: each may be one of the longest, and any number of
 * clients may leave theirs unfinished. Looks now and then; ends those who have sent most.
 */

export interface SendingSession {
  /** Bytes that are held of what its client has begun to send, or sent and waits for its turn. */
  readonly heldBytes: number;
  /** Without waiting for its client, which may go on sending. */
  endUnfinished(): void;
}

export interface UnfinishedMessagesOptions {
  /** Calls the task once after so many milliseconds. @returns what prevents it */
  readonly after: (ms: number, task: () => void) => () => void;
  /** Of all clients together. */
  readonly mostBytes: number;
  readonly sessions: () => Iterable<SendingSession>;
}

/** At a gigabit a second it is overrun by an eighth of a gigabyte. */
const LOOK_MS = 1_000;

export class UnfinishedMessages {
  readonly #options: UnfinishedMessagesOptions;
  #cancel: (() => void) | undefined;

  constructor(options: UnfinishedMessagesOptions) {
    this.#options = options;
  }

  /** Looks from now on for as long as there are sessions. */
  watch(): void {
    this.#cancel ??= this.#options.after(LOOK_MS, () => {
      this.#cancel = undefined;
      if (this.#look()) this.watch();
    });
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** @returns whether there are sessions */
  #look(): boolean {
    const { mostBytes, sessions } = this.#options;
    const sending: { readonly session: SendingSession; readonly bytes: number }[] = [];
    let [count, total] = [0, 0];
    for (const session of sessions()) {
      const bytes = session.heldBytes;
      if (bytes > 0) sending.push({ session, bytes });
      total += bytes;
      count += 1;
    }
    if (total > mostBytes) sending.sort((a, b) => b.bytes - a.bytes);
    for (const { session, bytes } of sending) {
      if (total <= mostBytes) break;
      session.endUnfinished();
      total -= bytes;
    }
    return count > 0;
  }
}
