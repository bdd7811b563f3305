/** One body that is kept to be compared, piece by piece, within its own bound and the budget of all. */
import type { DropReason } from '../comparing/drop-reason.js';
import type { ByteBudget } from './byte-budget.js';

export class KeptBytes {
  readonly #most: number;
  readonly #budget: ByteBudget;
  readonly #tooLarge: DropReason;
  #chunks: Buffer[] = [];
  #length = 0;
  #refused: DropReason | undefined;

  /** @param tooLarge what a body beyond `most` is called */
  constructor(most: number, budget: ByteBudget, tooLarge: DropReason) {
    this.#most = most;
    this.#budget = budget;
    this.#tooLarge = tooLarge;
  }

  /** Why the body is not kept; undefined as long as it is. */
  get refused(): DropReason | undefined {
    return this.#refused;
  }

  /**
   * Takes a copy: the piece may be a view of a much larger buffer, which would be kept alive with it.
   * @returns false when the body is given up, now or before
   */
  add(chunk: Buffer): boolean {
    if (this.#refused !== undefined) return false;
    if (this.#length + chunk.length > this.#most) return this.#refuse(this.#tooLarge);
    if (!this.#budget.take(chunk.length)) return this.#refuse('memory');
    this.#length += chunk.length;
    this.#chunks.push(Buffer.from(chunk));
    return true;
  }

  bytes(): Buffer {
    return this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks, this.#length);
  }

  /** Gives the memory back to the budget. May be called again. */
  release(): void {
    this.#budget.give(this.#length);
    this.#length = 0;
    this.#chunks = [];
  }

  #refuse(reason: DropReason): false {
    this.release();
    this.#refused = reason;
    return false;
  }
}
