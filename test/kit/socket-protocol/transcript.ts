/**
 * What a client saw, with session ids replaced by their number of appearance: equal for two servers that speak alike. Left out is what
 * differs between versions of the legacy's own library and no client reads: `maxPayload`, the order of the handshake's fields, and how
 * the answer to a taken body is spelled.
 */
export class Transcript {
  readonly lines: string[] = [];
  readonly #ids = new Map<string, number>();

  note(what: string, text = ''): void {
    this.lines.push(this.#withoutIds(text === '' ? what : `${what} ${text}`));
  }

  /** An Engine.IO open packet; anything else as it stands. */
  opening(packet: string, what = 'open'): void {
    if (!packet.startsWith('0{')) {
      this.note(what, packet);
      return;
    }
    const { sid, upgrades, pingInterval, pingTimeout } = JSON.parse(packet.slice(1));
    this.note(what, JSON.stringify({ sid, upgrades, pingInterval, pingTimeout }));
  }

  #withoutIds(text: string): string {
    return text.replaceAll(/"sid":"([\w-]{20})"/g, (_match, id: string) => {
      const number = this.#ids.get(id) ?? this.#ids.size + 1;
      this.#ids.set(id, number);
      return `"sid":"<${number}>"`;
    });
  }
}
