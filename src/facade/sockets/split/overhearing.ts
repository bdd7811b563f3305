/** What the legacy emits to another session meanwhile: tells events to all from those to one client. */

/** A session whose events can be listened to. */
export interface Overheard {
  /** @param listener gets the data of each event of the legacy, and undefined when no more will come */
  listen(listener: (data: string | undefined) => void): () => void;
}

export class Overhearing {
  readonly #heard = new Set<string>();
  readonly #stop: () => void;
  #isThere = true;
  #changed: () => void = () => {};

  constructor(session: Overheard) {
    this.#stop = session.listen((data) => {
      if (data === undefined) this.#isThere = false;
      else this.#heard.add(data);
      this.#changed();
    });
  }

  /** @returns whether the other session got it, or undefined when it is gone, so that nobody knows */
  has(data: string): boolean | undefined {
    return this.#heard.has(data) || (this.#isThere ? false : undefined);
  }

  /** Resolves once the other session has got all of it, or is gone, or after `ms`: two connections are not one stream. */
  async wait(all: readonly string[], ms: number): Promise<void> {
    const isDone = (): boolean => all.every((data) => this.has(data) !== false);
    if (isDone()) return;
    await new Promise<void>((resolve) => {
      // Where the loop was late, what has come meanwhile is read first.
      const timer = setTimeout(() => setImmediate(resolve), ms);
      this.#changed = () => {
        if (!isDone()) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  stop(): void {
    this.#stop();
  }
}
