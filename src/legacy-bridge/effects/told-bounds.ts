/** How much one observation has told so far, and may tell still: what it tells is held in memory until it has been compared. */
import type { SearchLimits } from './search-limits.js';

export class ToldBounds {
  #rows: number;
  #bytes: number;

  constructor({ mostToldRows, mostToldBytes }: Pick<SearchLimits, 'mostToldRows' | 'mostToldBytes'>) {
    this.#rows = mostToldRows;
    this.#bytes = mostToldBytes;
  }

  /** Rows that may be told still. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether one row more, of so many bytes, may be told. */
  allow(bytes: number): boolean {
    return this.#rows > 0 && bytes <= this.#bytes;
  }

  told(bytes: number): void {
    this.#rows -= 1;
    this.#bytes -= bytes;
  }
}
