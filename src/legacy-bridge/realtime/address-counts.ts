/** How many there are of each address; a network of IPv6 counts as one. Holds none that has none. */
import { networkOf } from '../values/network-of.js';

export class AddressCounts {
  readonly #counts = new Map<string, number>();
  readonly #most: number;

  /** @param most 0: no limit */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns false when the address has as many as it may */
  enter(address: string): boolean {
    const network = networkOf(address);
    const count = this.#counts.get(network) ?? 0;
    if (this.#most > 0 && count >= this.#most) return false;
    this.#counts.set(network, count + 1);
    return true;
  }

  /** To be called once for each `enter` that was let in. */
  leave(address: string): void {
    const network = networkOf(address);
    const count = (this.#counts.get(network) ?? 0) - 1;
    if (count > 0) this.#counts.set(network, count);
    else this.#counts.delete(network);
  }
}
