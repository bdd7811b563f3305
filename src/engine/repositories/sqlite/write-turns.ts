/**
 * Turns at writing: one writer at a time, in order of asking. Dry runs take theirs only while no live write waits, so that they
 * never fight the engine's own writes for SQLite's lock.
 */

/** Ends a turn; further calls do nothing. */
export type EndTurn = () => void;

interface DryWaiter {
  readonly start: (end: EndTurn) => void;
  readonly timer: NodeJS.Timeout;
}

export class WriteTurns {
  #taken = false;
  readonly #live: ((end: EndTurn) => void)[] = [];
  readonly #dry = new Set<DryWaiter>();

  /** Live writes that wait. */
  get waiting(): number {
    return this.#live.length;
  }

  /** A turn of a live write. */
  take(): Promise<EndTurn> {
    if (!this.#taken) return Promise.resolve(this.#start());
    return new Promise((resolve) => this.#live.push(resolve));
  }

  /**
   * A turn of a dry run.
   * @param waitMs longest wait
   * @returns undefined when it did not come in time
   */
  takeDry(waitMs: number): Promise<EndTurn | undefined> {
    if (!this.#taken) return Promise.resolve(this.#start());
    return new Promise((resolve) => {
      const waiter: DryWaiter = {
        start: resolve,
        timer: setTimeout(() => {
          this.#dry.delete(waiter);
          resolve(undefined);
        }, waitMs),
      };
      this.#dry.add(waiter);
    });
  }

  #start(): EndTurn {
    this.#taken = true;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#taken = false;
      this.#next();
    };
  }

  #next(): void {
    const live = this.#live.shift();
    if (live !== undefined) {
      live(this.#start());
      return;
    }
    for (const waiter of this.#dry) {
      this.#dry.delete(waiter);
      clearTimeout(waiter.timer);
      waiter.start(this.#start());
      return;
    }
  }
}
