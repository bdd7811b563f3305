/**
 * A map from texts, split by their length: most texts that are not in it are turned away before
 * they are hashed, and the maps that remain stay small however many rules there are.
 */
export class TextIndex<V> {
  readonly #byLength: (Map<string, V> | undefined)[] = [];

  get(text: string): V | undefined {
    return text.length < this.#byLength.length ? this.#byLength[text.length]?.get(text) : undefined;
  }

  set(text: string, value: V): void {
    while (this.#byLength.length <= text.length) this.#byLength.push(undefined);
    const known = this.#byLength[text.length];
    if (known === undefined) this.#byLength[text.length] = new Map([[text, value]]);
    else known.set(text, value);
  }
}
