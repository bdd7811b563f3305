/** Takes secrets out of texts: by the name that they stand under, by their form, and inside of JSON and base64 within texts. */

import { isUtf8 } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { JsonNumber, JsonObject, type JsonValue, readJson } from '../compare/json-document.js';
import type { SecretNames } from './secret-names.js';
import { BASE64_RUN, mayHoldSecret, NAMED_ARGUMENT, NAMED_VALUE, type SecretPattern } from './secret-patterns.js';

export interface TextRedaction {
  readonly key: Buffer;
  readonly isSecret: SecretNames;
  readonly patterns: readonly SecretPattern[];
  /** There are patterns besides the usual ones, of which nothing is known. */
  readonly more: boolean;
}

/** How many times something may be wrapped in something else. */
const DEEPEST = 4;
/** Levels of a value; beneath them nothing is shown. */
const DEEPEST_PLAIN = 256;
const PLACEHOLDER = /^\[redacted:[\w.-]+:[0-9a-f]{8}\]$/;

/** @param name that the text stands under */
export function redactText(text: string, name: string | undefined, terms: TextRedaction, depth = 0): string {
  if (text === '' || PLACEHOLDER.test(text)) return text;
  if (name !== undefined && terms.isSecret(name)) return placeholder(kindOf(text, name, terms), text, terms);
  if (!terms.more && !mayHoldSecret(text)) return text;
  if (depth > DEEPEST) return text.length < 16 ? text : placeholder('nested', text, terms);
  const inner = /^\s*[[{"]/.test(text) ? readJson(text) : undefined;
  if (inner !== undefined) {
    const redacted = writeRedacted(inner, undefined, terms, depth + 1);
    // What holds no secret stays as it was written.
    if (redacted === writeRedacted(inner, undefined, undefined, 0)) return text;
    return redacted;
  }
  const formless = redactBase64(redactForms(text, terms), terms, depth);
  return redactNamed(redactNamed(formless, terms, NAMED_VALUE), terms, NAMED_ARGUMENT);
}

/** JSON without blanks. @param terms undefined: nothing is taken out */
export function writeRedacted(
  value: JsonValue,
  name: string | undefined,
  terms: TextRedaction | undefined,
  depth = 0,
): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string')
    return JSON.stringify(terms === undefined ? value : redactText(value, name, terms, depth));
  if (value instanceof JsonNumber) return writeNumber(value, name, terms);
  const secretName = name !== undefined && terms?.isSecret(name) === true ? name : undefined;
  if (!(value instanceof JsonObject))
    return `[${value.map((item) => writeRedacted(item, name, terms, depth)).join(',')}]`;
  const valueName =
    terms === undefined ? undefined : nameOfVariable((key) => value.values[value.keys.indexOf(key)], terms);
  const fields = value.keys.map((key, at) => {
    const shownKey = terms === undefined ? key : redactText(key, undefined, terms, depth);
    const under = secretName ?? (VARIABLE_VALUES.has(key) ? (valueName ?? key) : key);
    return `${JSON.stringify(shownKey)}:${writeRedacted(value.values[at] ?? null, under, terms, depth)}`;
  });
  return `{${fields.join(',')}}`;
}

/** The same for values of JavaScript's own. */
export function redactPlain(value: unknown, name: string | undefined, terms: TextRedaction, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value, name, terms);
  if (typeof value !== 'object' || value === null) {
    const isAmount = typeof value === 'number' || typeof value === 'bigint';
    return isAmount && name !== undefined && terms.isSecret(name) ? redactText(String(value), name, terms) : value;
  }
  if (depth > DEEPEST_PLAIN) return null;
  if (Array.isArray(value)) return value.map((item) => redactPlain(item, name, terms, depth + 1));
  const secretName = name !== undefined && terms.isSecret(name) ? name : undefined;
  const valueName = nameOfVariable((key) => Reflect.get(value, key), terms);
  const fields = Object.entries(value).map(([key, item]) => [
    redactText(key, undefined, terms),
    redactPlain(item, secretName ?? (VARIABLE_VALUES.has(key) ? (valueName ?? key) : key), terms, depth + 1),
  ]);
  return Object.fromEntries(fields) as unknown;
}

/** Where a declared variable of an assembly has its value (assemblies-and-runs 2). */
const VARIABLE_VALUES: ReadonlySet<string> = new Set(['value', 'default', 'defaultValue', 'default_value']);

/** @returns the secret name that a variable's values stand under; undefined when the object is no such variable */
function nameOfVariable(field: (key: string) => unknown, terms: TextRedaction): string | undefined {
  const type = field('type');
  if (typeof type === 'string' && type.trim().toLowerCase() === 'credential') return 'password';
  return ['name', 'key'].map(field).find((name) => typeof name === 'string' && terms.isSecret(name)) as
    | string
    | undefined;
}

function writeNumber({ token }: JsonNumber, name: string | undefined, terms: TextRedaction | undefined): string {
  if (terms === undefined || name === undefined || !terms.isSecret(name)) return token;
  return JSON.stringify(placeholder(kindOf(token, name, terms), token, terms));
}

/** `[redacted:kind:digest]`, the digest keyed. */
export function placeholder(kind: string, secret: string, { key }: Pick<TextRedaction, 'key'>): string {
  const digest = createHmac('sha256', key).update(secret, 'utf8').digest('hex').slice(0, 8);
  return `[redacted:${kind}:${digest}]`;
}

/** The form says more than the name; a name that is not a plain word says nothing. */
function kindOf(text: string, name: string, { patterns }: TextRedaction): string {
  const form = patterns.find(({ pattern }) => text.replace(pattern, '') === '');
  const word = name.toLowerCase().replace(/_/g, '-');
  return form?.kind ?? (/^[a-z][\w.-]{0,40}$/.test(word) ? word : 'secret');
}

function redactForms(text: string, terms: TextRedaction): string {
  let out = text;
  for (const { kind, pattern } of terms.patterns)
    out = out.replace(pattern, (...args: unknown[]) => {
      const whole = String(args[0]);
      // A configured pattern may match nothing at all, between any two characters.
      if (whole === '') return '';
      const groups = args.at(-1);
      const secret = typeof groups === 'object' && groups !== null ? Reflect.get(groups, 'secret') : undefined;
      if (typeof secret !== 'string') return placeholder(kind, whole, terms);
      return whole.replace(secret, () => placeholder(kind, secret, terms));
    });
  return out;
}

/** A value may itself be a name with a value: `ok: db_pass=x`. So deep, and no deeper, for the time that it takes. */
const DEEPEST_NAMED = 3;

function redactNamed(text: string, terms: TextRedaction, pattern: RegExp, depth = 0): string {
  return text.replace(pattern, (...args: unknown[]) => {
    const whole = String(args[0]);
    const { name = '', quoted, plain } = args.at(-1) as { name?: string; quoted?: string; plain?: string };
    const value = quoted ?? plain ?? '';
    // What stands in a placeholder was taken out already.
    if (value === '' || name === 'redacted' || value.includes('[redacted:')) return whole;
    const at = whole.lastIndexOf(value);
    if (!terms.isSecret(name)) {
      if (depth === DEEPEST_NAMED || !/[:=]/.test(value)) return whole;
      return `${whole.slice(0, at)}${redactNamed(value, terms, pattern, depth + 1)}${whole.slice(at + value.length)}`;
    }
    return `${whole.slice(0, at)}${placeholder(kindOf(value, name, terms), value, terms)}${whole.slice(at + value.length)}`;
  });
}

/** A run of base64 is a secret when what it says holds one. */
function redactBase64(text: string, terms: TextRedaction, depth: number): string {
  return text.replace(BASE64_RUN, (run) => {
    const bytes = Buffer.from(run, 'base64');
    if (!isUtf8(bytes)) return run;
    const inner = bytes.toString('utf8');
    if (/[^\P{Cc}\t\n\r]/u.test(inner)) return run;
    return redactText(inner, undefined, terms, depth + 1) === inner ? run : placeholder('base64', run, terms);
  });
}
