/** What a program printed, within a bound: of more than that the beginning and the end are kept. */
const CUT = Buffer.from('\n[… output was cut here …]\n');

export class BoundedOutput {
  readonly #half: number;
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #isCut = false;

  /** @param most bytes that are kept, besides the words that say what is missing */
  constructor(most: number) {
    this.#half = Math.ceil(most / 2);
  }

  add(chunk: Buffer): void {
    const head = chunk.subarray(0, this.#half - this.#headBytes);
    if (head.length > 0) {
      this.#head.push(head);
      this.#headBytes += head.length;
    }
    const rest = chunk.subarray(head.length);
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    // Not with each chunk: joining them costs as much as there is.
    if (this.#tailBytes > this.#half * 2) this.#cut();
  }

  /** Bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    if (this.#tailBytes > this.#half) this.#cut();
    return Buffer.concat([...this.#head, ...(this.#isCut ? [CUT] : []), ...this.#tail]).toString('utf8');
  }

  #cut(): void {
    this.#tail = [Buffer.from(Buffer.concat(this.#tail).subarray(-this.#half))];
    this.#tailBytes = this.#half;
    this.#isCut = true;
  }
}
