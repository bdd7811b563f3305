/**
 * Counts of the last so many milliseconds: a ring of buckets and their running totals. On the hot path: adds numbers,
 * allocates nothing, reads no clock.
 */

/** Buckets of a window. What is looked at is the running bucket and the 29 before it: between 29 thirtieths and all of the window. */
export const BUCKETS = 30;

export class SlidingCounts {
  readonly #bucketMs: number;
  readonly #fields: number;
  /** Bucket by bucket, each with one number per field. */
  readonly #ring: Float64Array;
  readonly #totals: Float64Array;
  /** Number of the running bucket since the clock's zero; undefined while nothing was counted. */
  #running: number | undefined;

  /**
   * @param fields how many things are counted; they are named by number from 0
   * @param windowMs milliseconds, above 0
   */
  constructor(fields: number, windowMs: number) {
    if (!(windowMs > 0) || !Number.isInteger(fields) || fields < 1)
      throw new TypeError(`no window of ${windowMs} ms for ${fields} counts`);
    this.#bucketMs = windowMs / BUCKETS;
    this.#fields = fields;
    this.#ring = new Float64Array(BUCKETS * fields);
    this.#totals = new Float64Array(fields);
  }

  /** @param now milliseconds of a clock that never goes back */
  add(field: number, now: number, amount = 1): void {
    this.#checkField(field);
    const slot = (this.moveTo(now) % BUCKETS) * this.#fields + field;
    this.#ring[slot] = (this.#ring[slot] ?? 0) + amount;
    this.#totals[field] = (this.#totals[field] ?? 0) + amount;
  }

  /** What was counted in the window, as it was when it was last moved. */
  total(field: number): number {
    this.#checkField(field);
    return this.#totals[field] ?? 0;
  }

  /** Forgets what has left the window by now. @returns the number of the running bucket */
  moveTo(now: number): number {
    const bucket = Math.floor(now / this.#bucketMs);
    const running = this.#running ?? bucket;
    for (let next = Math.max(running + 1, bucket - BUCKETS + 1); next <= bucket; next += 1) this.#empty(next % BUCKETS);
    // Never back: a clock that stumbles would count into a bucket that has left the window.
    this.#running = Math.max(running, bucket);
    return this.#running;
  }

  #empty(slot: number): void {
    for (let field = 0; field < this.#fields; field += 1) {
      const at = slot * this.#fields + field;
      this.#totals[field] = (this.#totals[field] ?? 0) - (this.#ring[at] ?? 0);
      this.#ring[at] = 0;
    }
  }

  #checkField(field: number): void {
    if (!(field >= 0 && field < this.#fields)) throw new TypeError(`no count has number ${field}`);
  }
}
