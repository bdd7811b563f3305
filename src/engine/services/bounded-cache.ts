/** Values by key, bounded in number, bytes and age: the one written longest ago goes first. */

export interface BoundedCacheOptions {
  /** Values at once. */
  readonly most: number;
  /** Bytes of all of them, as their writers count. */
  readonly mostBytes: number;
  /** Milliseconds after which a value is gone. Default: never. */
  readonly keepMs?: number;
  readonly monotonic: () => number;
}

interface Kept<T> {
  readonly value: T;
  readonly bytes: number;
  readonly at: number;
}

export class BoundedCache<T> {
  readonly #options: Required<BoundedCacheOptions>;
  /** In order of writing. */
  readonly #kept = new Map<string, Kept<T>>();
  #bytes = 0;

  constructor(options: BoundedCacheOptions) {
    this.#options = { keepMs: Number.POSITIVE_INFINITY, ...options };
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): T | undefined {
    const kept = this.#kept.get(key);
    return kept === undefined || this.#isOld(kept) ? undefined : kept.value;
  }

  /** @returns keys that had to go for it, or for their age */
  set(key: string, value: T, bytes: number): readonly string[] {
    this.delete(key);
    this.#kept.set(key, { value, bytes, at: this.#options.monotonic() });
    this.#bytes += bytes;
    const gone: string[] = [];
    for (const [oldest, kept] of this.#kept) {
      const isTooMuch = this.#kept.size > this.#options.most || this.#bytes > this.#options.mostBytes;
      if (!isTooMuch && !this.#isOld(kept)) break;
      this.delete(oldest);
      gone.push(oldest);
    }
    return gone;
  }

  delete(key: string): boolean {
    const kept = this.#kept.get(key);
    if (kept === undefined) return false;
    this.#bytes -= kept.bytes;
    return this.#kept.delete(key);
  }

  #isOld({ at }: Kept<T>): boolean {
    return this.#options.monotonic() - at >= this.#options.keepMs;
  }
}
