/** What a client saw, with session ids replaced by their number of appearance: equal for two servers that speak alike. */
export class Transcript {
  readonly lines: string[] = [];
  readonly #ids = new Map<string, number>();

  note(what: string, text = ''): void {
    this.lines.push(this.#withoutIds(text === '' ? what : `${what} ${text}`));
  }

  #withoutIds(text: string): string {
    return text.replaceAll(/"sid":"([\w-]{20})"/g, (_match, id: string) => {
      const number = this.#ids.get(id) ?? this.#ids.size + 1;
      this.#ids.set(id, number);
      return `"sid":"<${number}>"`;
    });
  }
}
