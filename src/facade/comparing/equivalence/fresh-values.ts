/**
 * Values that each side made up for itself. The legacy's X may stand for the engine's Y only if both are new, and then
 * everywhere: in the answer, the rows and the events of one comparison together.
 */
import { digestsOf, idIdentity } from './id-form.js';

export interface FreshPair {
  readonly legacy: string;
  readonly engine: string;
}

export class FreshValues {
  readonly #known: readonly string[];
  readonly #forward = new Map<string, string>();
  readonly #backward = new Map<string, string>();
  /** Digests of values that were paired, to the digest that has to stand at the other side. */
  readonly #digests = new Map<string, string>();

  /**
   * @param known texts that were there before: the request, rows as they were. What occurs in them is not new
   * @param same values that occur alike at both sides: they stand for themselves
   * @param pairs all that were met; the first of several that contradict each other holds
   */
  constructor(known: readonly string[], same: Iterable<string>, pairs: readonly FreshPair[]) {
    this.#known = known.map((text) => text.toLowerCase());
    for (const text of same) this.#join(idIdentity(text), idIdentity(text));
    for (const { legacy, engine } of pairs) this.#take(legacy, engine);
  }

  /** Whether the two may stand for each other, given all that was met. */
  agrees({ legacy, engine }: FreshPair): boolean {
    const [l, e] = [idIdentity(legacy), idIdentity(engine)];
    if (this.#forward.get(l) !== e || this.#backward.get(e) !== l) return false;
    if (this.#isKnown(legacy) || this.#isKnown(engine)) return false;
    return this.#digestHolds(l, e);
  }

  #take(legacy: string, engine: string): void {
    if (!this.#join(idIdentity(legacy), idIdentity(engine))) return;
    const theirs = digestsOf(engine);
    for (const [at, digest] of digestsOf(legacy).entries()) {
      this.#digests.set(`legacy ${digest}`, theirs[at] ?? '');
      this.#digests.set(`engine ${theirs[at]}`, digest);
    }
  }

  #join(legacy: string, engine: string): boolean {
    if (this.#forward.has(legacy) || this.#backward.has(engine)) return false;
    this.#forward.set(legacy, engine);
    this.#backward.set(engine, legacy);
    return true;
  }

  #isKnown(text: string): boolean {
    const searched = text.toLowerCase();
    const bare = idIdentity(text);
    return this.#known.some((known) => known.includes(searched) || known.includes(bare));
  }

  /** A side's digest of a value of its own demands that the other's is the digest of the value's partner. */
  #digestHolds(legacy: string, engine: string): boolean {
    const demanded = this.#digests.get(`legacy ${legacy}`);
    const demanding = this.#digests.get(`engine ${engine}`);
    return (demanded === undefined || demanded === engine) && (demanding === undefined || demanding === legacy);
  }
}
