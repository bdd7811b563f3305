/** Forms of values that a server makes up at random: ids, nonces, tokens, passwords. Two of one form may stand for each other. */
import { createHash } from 'node:crypto';

interface IdForm {
  readonly name: string;
  readonly why: string;
  /** What has to be equal besides the length; undefined for what has not the form. */
  readonly shape: (text: string) => string | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([1-8])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whoever has one of these has no other form. */
const NARROW: readonly IdForm[] = [
  { name: 'uuid', why: 'two random UUIDs', shape: (text) => caseOf(text, (plain) => UUID.exec(plain)?.[1]) },
  {
    name: 'code',
    why: 'two random codes of hex groups',
    shape: (text) => (/^[0-9A-F]{4}(?:-[0-9A-F]{4}){3,}$/.test(text) ? '' : undefined),
  },
  {
    name: 'hex',
    why: 'two random numbers in hex',
    shape: (text) => caseOf(text, (plain) => (/^(?=.*[a-f])(?=.*\d)[0-9a-f]{16,}$/.test(plain) ? '' : undefined)),
  },
  {
    name: 'base32',
    why: 'two random secrets in base32',
    shape: (text) => (/^(?:(?=.*[2-7])[A-Z2-7]{16,}|[A-Z2-7]{32,})=*$/.test(text) ? '' : undefined),
  },
];

/** Letters, digits and those marks that the legacy makes passwords of: none that paths, times or addresses have. */
const PASSWORD = /^[A-Za-z0-9!@#$%^&*()\-_=+[\]{}<>.?]{16,64}$/;

const WIDE: readonly IdForm[] = [
  {
    name: 'base64',
    why: 'two random values in base64',
    shape: (text) =>
      /^[A-Za-z0-9+/]{20,}={0,2}$/.test(text) && text.length % 4 === 0 && isMixed(text) ? '' : undefined,
  },
  {
    name: 'base64url',
    why: 'two random values in base64url',
    shape: (text) => (/^[\w-]{22,}$/.test(text) && isMixed(text) ? '' : undefined),
  },
  {
    name: 'password',
    why: 'two generated passwords',
    shape: (text) => (PASSWORD.test(text) && hasAllKinds(text) && isMixed(text, MARKED) ? '' : undefined),
  },
];

/** Longest value that is taken for random; longer ones are contents. */
const LONGEST = 512;

/** @returns the form that both have, or undefined: of another length, of another case, or words rather than chance */
export function sharedIdForm(legacy: string, engine: string): IdForm | undefined {
  if (legacy.length !== engine.length || legacy.length > LONGEST) return undefined;
  const narrow = NARROW.find(({ shape }) => shape(legacy) !== undefined || shape(engine) !== undefined);
  if (narrow !== undefined) return hasBoth(narrow, legacy, engine) ? narrow : undefined;
  return WIDE.find((form) => hasBoth(form, legacy, engine));
}

function hasBoth({ shape }: IdForm, legacy: string, engine: string): boolean {
  const own = shape(legacy);
  return own !== undefined && own === shape(engine);
}

/** Texts of one case: the shape of the lower one, with which case it was. */
function caseOf(text: string, shape: (plain: string) => string | undefined): string | undefined {
  const own = text === text.toLowerCase() ? 'lower' : text === text.toUpperCase() ? 'upper' : undefined;
  const plain = own === undefined ? undefined : shape(text.toLowerCase());
  return plain === undefined ? undefined : `${own} ${plain}`;
}

/** Characters from which on a text without blanks is hardly made of words. */
const LONG = 40;
/** For these, and for texts full of marks. */
const MARKED = 0.27;

/**
 * Random text changes its kind of character nearly two times in three, words and paths less than once in three. The limits stand five
 * standard deviations below what chance gives for the legacy's nonces, tokens and passwords.
 */
function isMixed(text: string, least = text.length >= LONG ? MARKED : 0.34): boolean {
  let changes = 0;
  for (let at = 1; at < text.length; at += 1)
    if (kindOf(text.charCodeAt(at)) !== kindOf(text.charCodeAt(at - 1))) changes += 1;
  return changes / text.length >= least;
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
