/** Numbers by label values, for what happens seldom. */
import type { Sample } from './collected-metric.js';

export class Tally<Label extends string> {
  readonly #labels: readonly Label[];
  readonly #entries = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>();

  constructor(...labels: readonly Label[]) {
    this.#labels = labels;
  }

  /** @param values one per label, in the order of the constructor */
  add(amount: number, ...values: readonly string[]): void {
    this.#entry(values).value += amount;
  }

  set(value: number, ...values: readonly string[]): void {
    this.#entry(values).value = value;
  }

  /** @param expected label values of series that are there from now on, if only at 0 */
  samples(expected: Iterable<readonly string[]> = []): Iterable<Sample> {
    for (const values of expected) this.#entry(values);
    return this.#entries.values();
  }

  #entry(values: readonly string[]) {
    if (values.length !== this.#labels.length) throw new TypeError(`expected values of ${this.#labels.join(', ')}`);
    const key = values.join('\n');
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { labels: Object.fromEntries(this.#labels.map((label, at) => [label, values[at] ?? ''])), value: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}
