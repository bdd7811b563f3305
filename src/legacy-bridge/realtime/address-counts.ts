/** How many there are of each address. Holds no address that has none. */
export class AddressCounts {
  readonly #counts = new Map<string, number>();
  readonly #most: number;

  /** @param most 0: no limit */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns false when the address has as many as it may */
  enter(address: string): boolean {
    const count = this.#counts.get(address) ?? 0;
    if (this.#most > 0 && count >= this.#most) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  /** To be called once for each `enter` that was let in. */
  leave(address: string): void {
    const count = (this.#counts.get(address) ?? 0) - 1;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}
