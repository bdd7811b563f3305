/** Texts that were there before a request was served. What occurs in them, nobody has made up while serving it. */

import { canonicalJson } from './compare/json-document.js';
import type { ComparedRequest, ComparisonInput } from './comparison.js';
import { openToken } from './equivalence/open-token.js';

/** Characters that are searched; what is beyond them was not written by a person. */
const LONGEST = 1_048_576;

export function knownTexts({ request, effects }: ComparisonInput): string[] {
  const texts = requestTexts(request);
  const rows = effects === undefined ? [] : [...effects.legacy.effects.rows, ...effects.engine.rows];
  for (const { before } of rows)
    for (const value of Object.values(before ?? {})) if (typeof value === 'string') texts.push(value);
  return texts.map((text) => text.slice(0, LONGEST));
}

function requestTexts({ target, headers, body }: ComparedRequest): string[] {
  const texts = [
    target,
    target.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  ];
  for (const [, value] of headers) texts.push(value, ...value.split(/[\s;=,"]+/).flatMap(contentsOf));
  texts.push(body.toString('utf8'));
  return texts;
}

function contentsOf(word: string): string[] {
  const token = openToken(word);
  return token === undefined ? [] : [canonicalJson(token.parts)];
}
