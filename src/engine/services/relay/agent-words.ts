/**
 * What one agent said of being there, as far as a legacy that knows nothing has to hear it: the newest of each event, and of a collector's
 * reports also the newest that says more than nothing, since a later empty one takes nothing back there (sockets 4.3).
 */
import type { PresenceEvent } from '../../../legacy-bridge/realtime/client-events.js';

/** What a collector's report may say: that the agent collects, and who uses its host. */
export type CollectorFact = 'active' | 'last_user';

export interface Word<Speaker> {
  readonly event: PresenceEvent;
  /** JSON of the argument. */
  readonly json: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Whose room it takes. */
  by: Speaker;
}

export class AgentWords<Speaker> {
  readonly #newest = new Map<PresenceEvent | CollectorFact, Word<Speaker>>();
  /** Each of those once, in the order in which they came. */
  readonly #kept = new Set<Word<Speaker>>();
  readonly #unsaid = new Set<Word<Speaker>>();

  get hasUnsaid(): boolean {
    return this.#unsaid.size > 0;
  }

  get kept(): Iterable<Word<Speaker>> {
    return this.#kept;
  }

  /** Those that would be kept no longer. */
  replacedBy(event: PresenceEvent, facts: readonly CollectorFact[]): readonly Word<Speaker>[] {
    const places = new Set<PresenceEvent | CollectorFact>([event, ...facts]);
    const stay = new Set([...this.#newest].flatMap(([place, word]) => (places.has(place) ? [] : [word])));
    return [...this.#kept].filter((word) => !stay.has(word));
  }

  keep(word: Word<Speaker>, facts: readonly CollectorFact[]): void {
    for (const replaced of this.replacedBy(word.event, facts)) {
      this.#kept.delete(replaced);
      this.#unsaid.delete(replaced);
    }
    for (const place of [word.event, ...facts]) this.#newest.set(place, word);
    this.#kept.add(word);
  }

  drop(word: Word<Speaker>): void {
    for (const [place, kept] of this.#newest) if (kept === word) this.#newest.delete(place);
    this.#kept.delete(word);
    this.#unsaid.delete(word);
  }

  /** @param counts which are still to be said */
  toSay(counts: (word: Word<Speaker>) => boolean): void {
    for (const word of this.#kept) if (counts(word)) this.#unsaid.add(word);
  }

  /** Who it is before what else it says, for it joins its room so. */
  takeUnsaid(): readonly Word<Speaker>[] {
    const inOrder = [...this.#kept].filter((word) => this.#unsaid.has(word));
    this.#unsaid.clear();
    return inOrder.sort((a, b) => Number(b.event === 'connect_agent') - Number(a.event === 'connect_agent'));
  }

  forgetUnsaid(): void {
    this.#unsaid.clear();
  }
}
