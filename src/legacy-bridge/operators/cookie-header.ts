/** Reads the header `Cookie` as the legacy's framework does: the first of two counts, quotes are taken off. Linear in its length. */
import { cutEnds } from '../values/cut-ends.js';

/** In a quoted value: a byte in octal digits, or a character that stands for itself. */
const ESCAPE = /\\(?:([0-3][0-7][0-7])|(.))/g;

/**
 * @param header as Node gives it: bytes as Latin-1, repeated headers joined
 * @returns undefined when there is no such cookie; one without a value is the empty text
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const text = header ?? '';
  for (let at = 0; at < text.length; ) {
    const pair = pairAt(text, at);
    if (pair.key === name) return Buffer.from(unquoted(pair.value), 'latin1').toString('utf8');
    at = pair.end;
  }
  return undefined;
}

interface Pair {
  readonly key: string;
  readonly value: string;
  /** Behind the semicolon. */
  readonly end: number;
}

/** The pair that begins here; the last one needs no semicolon, as if one stood behind the text. */
function pairAt(text: string, start: number): Pair {
  const semicolon = text.indexOf(';', start);
  const end = semicolon < 0 ? text.length : semicolon;
  const equals = text.slice(start, end).indexOf('=');
  if (equals < 0) return { key: stripped(text.slice(start, end)), value: '', end: end + 1 };
  const key = stripped(text.slice(start, start + equals));
  const from = afterSpace(text, start + equals + 1);
  // A quoted value may hold semicolons; one whose quotes do not close properly ends at the next of them.
  const quotedEnd = endOfQuoted(text, from);
  if (quotedEnd !== undefined) {
    const next = afterSpace(text, quotedEnd);
    if (next >= text.length || text[next] === ';') return { key, value: text.slice(from, quotedEnd), end: next + 1 };
  }
  return { key, value: stripped(text.slice(from, end)), end: end + 1 };
}

/** @returns where the quoted text that begins here ends, its quote included; undefined when none does */
function endOfQuoted(text: string, start: number): number | undefined {
  if (text[start] !== '"') return undefined;
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '"') return at + 1;
    if (text[at] === '\\') at += 1;
  }
  return undefined;
}

function afterSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** Without ASCII white space at its ends; Latin-1 has a blank of its own (0xa0), which stays. */
function stripped(text: string): string {
  return cutEnds(text, isSpace);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function unquoted(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value
    .slice(1, -1)
    .replace(ESCAPE, (_all, octal: string | undefined, character: string | undefined) =>
      octal === undefined ? (character ?? '') : String.fromCharCode(Number.parseInt(octal, 8)),
    );
}
