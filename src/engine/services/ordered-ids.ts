/**
 * Ids in order of registration, which is not always the order in which they are put in. Putting one in at the end, taking one out and
 * walking cost the same with many as with few: who names agents may name any number.
 */

export interface PlacedId {
  readonly id: string;
  /** The count of registrations before it. */
  readonly registration: number;
}

interface Place extends PlacedId {
  isGone: boolean;
}

export class OrderedIds implements Iterable<PlacedId> {
  /** With those that are gone, as long as they are no more than half. */
  #places: Place[] = [];
  readonly #byId = new Map<string, Place>();

  get size(): number {
    return this.#byId.size;
  }

  /** An id that is not among them. */
  add(id: string, registration: number): void {
    const place = { id, registration, isGone: false };
    this.#byId.set(id, place);
    const last = this.#places.at(-1);
    if (last === undefined || last.registration <= registration) this.#places.push(place);
    else this.#places.splice(this.#firstBehind(registration), 0, place);
  }

  remove(id: string): void {
    const place = this.#byId.get(id);
    if (place === undefined) return;
    place.isGone = true;
    this.#byId.delete(id);
    if (2 * this.#byId.size < this.#places.length) this.#places = this.#places.filter(({ isGone }) => !isGone);
  }

  /** Those that go meanwhile are passed over. None may be put in. */
  *[Symbol.iterator](): Generator<PlacedId> {
    for (const place of this.#places) if (!place.isGone) yield place;
  }

  #firstBehind(registration: number): number {
    let low = 0;
    let high = this.#places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle]?.registration ?? 0) <= registration) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
