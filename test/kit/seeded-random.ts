/** Chance that can be had again: the same seed gives the same choices. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 up to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new TypeError('nothing to pick from');
    return list[this.below(list.length)] as T;
  }

  /** A name, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    throw new TypeError('nothing to pick from');
  }
}

/** Gives out all of its cards in an order by chance, then all again: what is rare comes too, and not only with luck. */
export class Deck<T> {
  readonly #random: SeededRandom;
  readonly #cards: readonly T[];
  #left: T[] = [];

  constructor(random: SeededRandom, cards: readonly T[]) {
    if (cards.length === 0) throw new TypeError('a deck without cards');
    this.#random = random;
    this.#cards = cards;
  }

  /** With so many cards of each name. */
  static of<K extends string>(random: SeededRandom, counts: Readonly<Partial<Record<K, number>>>): Deck<K> {
    const entries = Object.entries(counts) as [K, number][];
    return new Deck(
      random,
      entries.flatMap(([name, count]) => Array.from({ length: count }, () => name)),
    );
  }

  draw(): T {
    if (this.#left.length === 0) this.#left = [...this.#cards];
    const [drawn] = this.#left.splice(this.#random.below(this.#left.length), 1);
    return drawn as T;
  }
}
