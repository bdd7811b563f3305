/**
 * JSON as it is written: numbers keep their digits, objects keep fields that are named twice. What the legacy reads from
 * requests (`parseJson` of the bridge) forgets both, and here both are differences.
 */

/** A number by its token: `1.0`, `1` and `1e0` are three. `NaN`, `Infinity` and `-Infinity` count, for Python writes them. */
export class JsonNumber {
  readonly token: string;

  constructor(token: string) {
    this.token = token;
  }
}

/** Fields in the order written. */
export class JsonObject {
  readonly keys: readonly string[];
  readonly values: readonly JsonValue[];
  #index: ReadonlyMap<string, readonly number[]> | undefined;

  constructor(keys: readonly string[], values: readonly JsonValue[]) {
    this.keys = keys;
    this.values = values;
  }

  /** Places of each key: more than one where it is named again. */
  get index(): ReadonlyMap<string, readonly number[]> {
    this.#index ??= indexOf(this.keys);
    return this.#index;
  }
}

export type JsonValue = null | boolean | string | JsonNumber | JsonObject | readonly JsonValue[];

/** Depth beyond which a text is compared as a text. */
const DEEPEST = 256;
const NUMBER = /-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|Infinity)/y;

/** @returns undefined for what is no JSON, or is nested too deeply */
export function readJson(text: string): JsonValue | undefined {
  const reader = new Reader(text);
  try {
    return reader.whole();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** A JSON value of JavaScript's own, as effects hold it. What JSON can't say counts as null. */
export function jsonOf(value: unknown, depth = 0): JsonValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return new JsonNumber(String(value));
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return null;
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, depth + 1));
  const entries = Object.entries(value);
  return new JsonObject(
    entries.map(([key]) => key),
    entries.map(([, item]) => jsonOf(item, depth + 1)),
  );
}

/** One text for all documents that differ in nothing but the order of keys and blanks. */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.token;
  if (!(value instanceof JsonObject)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = value.keys.map((key, at) => `${JSON.stringify(key)}:${canonicalJson(value.values[at] ?? null)}`);
  return `{${stableByKey(fields, value.keys).join(',')}}`;
}

/** Of fields named twice the order counts: the last one wins with every reader. */
function stableByKey(fields: readonly string[], keys: readonly string[]): string[] {
  const order = keys.map((key, at) => ({ key, at }));
  order.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.at - b.at));
  return order.map(({ at }) => fields[at] ?? '');
}

export function isJsonList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function indexOf(keys: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  for (const [at, key] of keys.entries()) {
    const places = index.get(key);
    if (places === undefined) index.set(key, [at]);
    else places.push(at);
  }
  return index;
}

class Malformed extends Error {}

/** One pass, by character codes: comparing's cost is mostly this. */
class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): JsonValue {
    const value = this.#value();
    this.#blanks();
    if (this.#at < this.#text.length) throw new Malformed();
    return value;
  }

  #value(): JsonValue {
    switch (this.#blanks()) {
      case 0x22:
        return this.#string();
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#list();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      case 0x4e:
        return this.#word('NaN', new JsonNumber('NaN'));
      default:
        return this.#number();
    }
  }

  #object(): JsonObject {
    const keys: string[] = [];
    const values: JsonValue[] = [];
    this.#enter();
    if (this.#blanks() !== 0x7d) {
      for (;;) {
        if (this.#blanks() !== 0x22) throw new Malformed();
        keys.push(this.#string());
        if (this.#blanks() !== 0x3a) throw new Malformed();
        this.#at += 1;
        values.push(this.#value());
        if (!this.#more(0x7d)) break;
      }
    }
    this.#leave();
    return new JsonObject(keys, values);
  }

  #list(): JsonValue[] {
    const list: JsonValue[] = [];
    this.#enter();
    if (this.#blanks() !== 0x5d) {
      do list.push(this.#value());
      while (this.#more(0x5d));
    }
    this.#leave();
    return list;
  }

  #enter(): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Malformed();
  }

  #leave(): void {
    this.#at += 1;
    this.#depth -= 1;
  }

  /** Past a comma; false at the closing bracket. */
  #more(closing: number): boolean {
    const next = this.#blanks();
    if (next === closing) return false;
    if (next !== 0x2c) throw new Malformed();
    this.#at += 1;
    return true;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let escaped = false;
    for (let at = start; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        const raw = text.slice(start, at);
        return escaped ? unescaped(raw) : raw;
      }
      if (code < 0x20) break;
      if (code === 0x5c) {
        escaped = true;
        at += 1;
      }
    }
    throw new Malformed();
  }

  #number(): JsonNumber {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw new Malformed();
    this.#at = NUMBER.lastIndex;
    return new JsonNumber(match[0]);
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw new Malformed();
    this.#at += word.length;
    return value;
  }

  /** @returns the code of the next character that is none; NaN at the end */
  #blanks(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at += 1;
    }
  }
}

/** Node's own way with escapes is several times faster, and as strict. */
function unescaped(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch (error) {
    if (error instanceof SyntaxError) throw new Malformed();
    throw error;
  }
}
