/**
 * Python's `json.loads` of bytes: more than strict JSON. Takes a byte order mark, UTF-16 and UTF-32, the words `NaN`,
 * `Infinity`, `-Infinity`, unpaired surrogate escapes, and fields named twice (the last counts).
 */
import { MOST_INT_DIGITS } from './python-int.js';
import { PythonFloat, type PythonValue } from './python-value.js';

/** Depth at which Python gives up too. */
const DEEPEST = 990;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const BLANKS = /[ \t\n\r]*/y;
const WORDS: readonly (readonly [string, PythonValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', new PythonFloat(Number.NaN)],
  ['Infinity', new PythonFloat(Number.POSITIVE_INFINITY)],
  ['-Infinity', new PythonFloat(Number.NEGATIVE_INFINITY)],
];

/**
 * @param mostValues texts, numbers, lists and all else that it may hold: a hundred bytes of memory and more for three of text
 * @returns undefined when the bytes are no JSON, or no text, or hold more values
 */
export function parseJson(bytes: Buffer, mostValues = Number.POSITIVE_INFINITY): PythonValue | undefined {
  const text = decode(bytes);
  if (text === undefined) return undefined;
  try {
    return new Parser(text, mostValues).whole();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Values that may still come. */
  #left: number;

  constructor(text: string, mostValues: number) {
    this.#text = text;
    this.#left = mostValues;
  }

  whole(): PythonValue {
    const value = this.#value();
    this.#blanks();
    if (this.#at < this.#text.length) throw new Malformed();
    return value;
  }

  #value(): PythonValue {
    this.#left -= 1;
    if (this.#left < 0) throw new Malformed();
    this.#blanks();
    const next = this.#text[this.#at];
    if (next === '"') return this.#string();
    if (next === '{') return this.#nested(() => this.#object());
    if (next === '[') return this.#nested(() => this.#array());
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number();
  }

  #nested(read: () => PythonValue): PythonValue {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Malformed();
    this.#at += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): PythonValue {
    const object = new Map<string, PythonValue>();
    this.#blanks();
    if (this.#take('}')) return object;
    do {
      this.#blanks();
      if (this.#text[this.#at] !== '"') throw new Malformed();
      const key = this.#string();
      this.#blanks();
      if (!this.#take(':')) throw new Malformed();
      object.set(key, this.#value());
      this.#blanks();
    } while (this.#take(','));
    if (!this.#take('}')) throw new Malformed();
    return object;
  }

  #array(): PythonValue {
    const list: PythonValue[] = [];
    this.#blanks();
    if (this.#take(']')) return list;
    do {
      list.push(this.#value());
      this.#blanks();
    } while (this.#take(','));
    if (!this.#take(']')) throw new Malformed();
    return list;
  }

  /**
   * A short text is copied: a part of a long one would keep all of it in memory for as long as it is remembered. Escapes are those of
   * JavaScript, and are left to it: put together piece by piece, a text of line ends alone takes thirty times its length.
   */
  #string(): string {
    const start = this.#at;
    const hasEscapes = this.#skipString();
    const isMost = this.#at - start > this.#text.length / 2;
    if (isMost && !hasEscapes) return this.#text.slice(start + 1, this.#at - 1);
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch (error) {
      if (error instanceof SyntaxError) throw new Malformed();
      throw error;
    }
  }

  /** Up to behind the closing quote. @returns whether there is an escape in it */
  #skipString(): boolean {
    let hasEscapes = false;
    for (let at = this.#at + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return hasEscapes;
      }
      if (code === 0x5c) {
        hasEscapes = true;
        at += 1;
      } else if (code < 0x20) break; // A control character must be escaped.
    }
    throw new Malformed();
  }

  #number(): PythonValue {
    const match = this.#match(NUMBER);
    if (match === null) throw new Malformed();
    const [literal, fraction, exponent] = match;
    if (fraction !== undefined || exponent !== undefined) return new PythonFloat(Number(literal));
    if (literal.length > MOST_INT_DIGITS) throw new Malformed();
    return BigInt(literal);
  }

  #blanks(): void {
    this.#match(BLANKS);
  }

  #take(ch: string): boolean {
    if (this.#text[this.#at] !== ch) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }
}

/** The encoding as Python guesses it from byte order marks and zero bytes (RFC 4627 3). */
function decode(bytes: Buffer): string | undefined {
  try {
    if (startsWith(bytes, [0, 0, 0xfe, 0xff]) || startsWith(bytes, [0xff, 0xfe, 0, 0]))
      return utf32(bytes, bytes[0] === 0xff, 4);
    if (startsWith(bytes, [0xfe, 0xff])) return utf16(bytes, 'utf-16be');
    if (startsWith(bytes, [0xff, 0xfe])) return utf16(bytes, 'utf-16le');
    if (bytes.length >= 4) {
      if (bytes[0] === 0) return bytes[1] !== 0 ? utf16(bytes, 'utf-16be') : utf32(bytes, false, 0);
      if (bytes[1] === 0) return bytes[2] !== 0 || bytes[3] !== 0 ? utf16(bytes, 'utf-16le') : utf32(bytes, true, 0);
    } else if (bytes.length === 2) {
      if (bytes[0] === 0) return utf16(bytes, 'utf-16be');
      if (bytes[1] === 0) return utf16(bytes, 'utf-16le');
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function startsWith(bytes: Buffer, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

function utf16(bytes: Buffer, encoding: 'utf-16be' | 'utf-16le'): string {
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}

/** @throws RangeError on code points that do not exist, and on a length that is no multiple of four */
function utf32(bytes: Buffer, littleEndian: boolean, start: number): string {
  if (bytes.length % 4 !== 0) throw new RangeError('cut off in a code unit');
  const points: string[] = [];
  for (let at = start; at < bytes.length; at += 4)
    points.push(String.fromCodePoint(littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)));
  return points.join('');
}

/** Whether a text holds half of a surrogate pair, which neither UTF-8 nor the database can hold. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
