/** Compares two answers: status, the headers that clients act on, and the body. */
import type { CapturedAnswer } from '../comparison.js';
import { compareHeaders } from './compare-headers.js';
import { compareJson, type JsonWalk } from './compare-json.js';
import { bytesName, type DecodedBody, decodeBody } from './decode-body.js';
import { headerValues } from './header-values.js';
import { JsonNumber, type JsonValue } from './json-document.js';

export interface AnswerTerms {
  /** Headers besides the usual ones. */
  readonly headers: readonly string[];
  readonly mostBody: number;
  /** Look into equal bodies too, for the sake of the texts that they share. */
  readonly lookIntoEqual: boolean;
  /** What could not be looked at, in words, is put here. */
  readonly notSeen: Set<string>;
}

export function compareAnswers(
  legacy: CapturedAnswer,
  engine: CapturedAnswer,
  terms: AnswerTerms,
  walk: JsonWalk,
): void {
  if (legacy.status !== engine.status)
    walk.findings.add({
      kind: 'status',
      path: ['status'],
      legacy: number(legacy.status),
      engine: number(engine.status),
    });
  compareHeaders(legacy, engine, terms.headers, walk);
  compareBodies(legacy, engine, terms, walk);
}

function compareBodies(legacy: CapturedAnswer, engine: CapturedAnswer, terms: AnswerTerms, walk: JsonWalk): void {
  const sameEncoding = encodingOf(legacy) === encodingOf(engine);
  if (sameEncoding && legacy.body.equals(engine.body) && !terms.lookIntoEqual) return;
  if (legacy.body.length === 0 || engine.body.length === 0) comparePresence(legacy, engine, walk);
  else compareDecoded(decodeBody(legacy, terms.mostBody), decodeBody(engine, terms.mostBody), terms, walk);
}

function compareDecoded(legacy: DecodedBody, engine: DecodedBody, terms: AnswerTerms, walk: JsonWalk): void {
  const [l, e] = [contentOf(legacy), contentOf(engine)];
  if (legacy.form !== engine.form) walk.findings.add({ kind: 'type', path: ['body'], legacy: l, engine: e });
  else if (legacy.form === 'json' || legacy.form === 'text') compareJson(l, e, ['body'], walk);
  else if (l !== e) walk.findings.add({ kind: 'value', path: ['body'], legacy: l, engine: e });
  if (l !== e && [legacy, engine].some((body) => body.form === 'bytes' && body.tooLarge))
    terms.notSeen.add(`bodies of over ${terms.mostBody} bytes, which are compared by digest`);
}

function comparePresence(legacy: CapturedAnswer, engine: CapturedAnswer, walk: JsonWalk): void {
  const [l, e] = [shownBytes(legacy.body), shownBytes(engine.body)];
  if (l === e) return;
  walk.findings.add({ kind: l === undefined ? 'extra' : 'missing', path: ['body'], legacy: l, engine: e });
}

function shownBytes(body: Buffer): string | undefined {
  return body.length === 0 ? undefined : bytesName(body);
}

function encodingOf({ headers }: CapturedAnswer): string {
  return headerValues(headers, 'content-encoding').join(',');
}

function contentOf(body: DecodedBody): JsonValue {
  if (body.form === 'json') return body.json;
  return body.form === 'text' ? body.text : body.what;
}

function number(value: number): JsonNumber {
  return new JsonNumber(String(value));
}
