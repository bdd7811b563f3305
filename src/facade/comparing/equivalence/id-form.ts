/** Forms of values that a server makes up at random: ids, nonces, tokens, passwords. Two of one form may stand for each other. */
import { createHash } from 'node:crypto';

interface IdForm {
  readonly name: string;
  readonly why: string;
  readonly test: (text: string) => boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([1-8])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const FORMS: readonly IdForm[] = [
  { name: 'uuid', why: 'two random UUIDs', test: (text) => UUID.test(text) },
  {
    name: 'uuid',
    why: 'two random UUIDs in upper case',
    test: (text) => /[A-F]|^[^a-f]*$/.test(text) && UUID.test(text.toLowerCase()) && text === text.toUpperCase(),
  },
  {
    name: 'code',
    why: 'two random codes of hex groups',
    test: (text) => /^[0-9A-F]{4}(?:-[0-9A-F]{4}){3,}$/.test(text),
  },
  {
    name: 'hex',
    why: 'two random numbers in hex',
    test: (text) => /^[0-9a-f]{16,}$/.test(text) && /[a-f]/.test(text) && /\d/.test(text),
  },
  {
    name: 'hex',
    why: 'two random numbers in hex, upper case',
    test: (text) => /^[0-9A-F]{16,}$/.test(text) && /[A-F]/.test(text) && /\d/.test(text),
  },
  {
    name: 'base32',
    why: 'two random secrets in base32',
    test: (text) => /^[A-Z2-7]{16,}=*$/.test(text) && /[2-7]/.test(text) && isMixed(text),
  },
  {
    name: 'base64',
    why: 'two random values in base64',
    test: (text) => /^[A-Za-z0-9+/]{20,}={0,2}$/.test(text) && text.length % 4 === 0 && isMixed(text),
  },
  {
    name: 'base64url',
    why: 'two random values in base64url',
    test: (text) => /^[\w-]{20,}$/.test(text) && isMixed(text),
  },
  {
    name: 'password',
    why: 'two generated passwords',
    test: (text) => /^[!-~]{16,64}$/.test(text) && hasAllKinds(text) && isMixed(text),
  },
];

/** Longest value that is taken for random; longer ones are contents. */
const LONGEST = 512;

/** @returns the form that both have, or undefined: of another length, of another case, or words rather than chance */
export function sharedIdForm(legacy: string, engine: string): IdForm | undefined {
  if (legacy.length !== engine.length || legacy.length > LONGEST) return undefined;
  return FORMS.find(({ test }) => test(legacy) && test(engine));
}

/** Random text changes its kind of character nearly two times in three; words and paths seldom do. */
function isMixed(text: string): boolean {
  let changes = 0;
  for (let at = 1; at < text.length; at += 1)
    if (kindOf(text.charCodeAt(at)) !== kindOf(text.charCodeAt(at - 1))) changes += 1;
  return changes / text.length >= 0.3;
}

function kindOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return 0;
  if (code >= 0x41 && code <= 0x5a) return 1;
  return code >= 0x61 && code <= 0x7a ? 2 : 3;
}

function hasAllKinds(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text) && /[^A-Za-z0-9]/.test(text);
}

/** One name for all spellings of an id: case, dashes and braces of a UUID carry nothing. */
export function idIdentity(text: string): string {
  const bare = text.replace(/[-{}]/g, '');
  return /^[0-9a-fA-F]{16,}$/.test(bare) ? bare.toLowerCase() : text;
}

/** Hex digests of a text as the legacy keeps secrets: what follows from a random value is no chance of its own. */
export function digestsOf(text: string): readonly string[] {
  return ['sha256', 'sha512'].map((algorithm) => createHash(algorithm).update(text, 'utf8').digest('hex'));
}
