/** Time that may go into looking through tables: the thread shares its machine with everyone who serves. */

/** Tables of at most so many bytes cost next to nothing and are always searched. */
const FREE_BYTES = 256_000;

export class SearchBudget {
  readonly #share: number;
  readonly #monotonic: () => number;
  #left: number;
  #at: number;

  /**
   * @param share of the time, 0 to 1
   * @param monotonic milliseconds that never go back
   */
  constructor(share: number, monotonic: () => number) {
    this.#share = share;
    this.#monotonic = monotonic;
    this.#left = share * 1000;
    this.#at = monotonic();
  }

  /** Whether a table of this size may be searched now. */
  allows(bytes: number): boolean {
    const now = this.#monotonic();
    this.#left = Math.min(this.#share * 1000, this.#left + (now - this.#at) * this.#share);
    this.#at = now;
    return bytes <= FREE_BYTES || this.#left > 0;
  }

  spend<T>(work: () => T): T {
    const began = this.#monotonic();
    try {
      return work();
    } finally {
      this.#left -= this.#monotonic() - began;
    }
  }
}
