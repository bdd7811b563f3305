/** Compares the headers that clients act on. Those of the connection and of the server's own (`date`, `server`) are not among them. */
import type { CapturedAnswer } from '../comparison.js';
import { compareJson, type JsonWalk } from './compare-json.js';
import { type Headers, headerValues } from './header-values.js';
import type { PathSegment } from './path.js';
import { type ReadCookie, readSetCookie } from './set-cookie.js';

/** Compared for every row; a row's `headers` come on top. `set-cookie` is compared by cookie and attribute. */
export const COMPARED_HEADERS: readonly string[] = Object.freeze([
  'content-type',
  'content-disposition',
  'content-language',
  'content-range',
  'accept-ranges',
  'cache-control',
  'expires',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'www-authenticate',
  'allow',
  'vary',
  'set-cookie',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'access-control-max-age',
  'content-security-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
  'referrer-policy',
]);

/** Their values are sets of words: order, case, blanks and repetition carry nothing (RFC 9110 5.6.1). */
const SETS = new Set([
  'allow',
  'vary',
  'cache-control',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
]);

export function compareHeaders(
  legacy: CapturedAnswer,
  engine: CapturedAnswer,
  more: readonly string[],
  walk: JsonWalk,
): void {
  for (const name of namesOf(legacy, engine)) {
    if (!USUAL.has(name) && !more.includes(name)) continue;
    const [l, e] = [headerValues(legacy.headers, name), headerValues(engine.headers, name)];
    if (name === 'set-cookie') compareCookies(l, e, walk);
    else compareValue(['headers', name], normalised(name, l), normalised(name, e), walk);
  }
}

const USUAL: ReadonlySet<string> = new Set(COMPARED_HEADERS);

function namesOf(...answers: readonly CapturedAnswer[]): Set<string> {
  const names = new Set<string>();
  for (const { headers } of answers) for (const [name] of headers) names.add(name);
  return names;
}

function compareValue(
  path: PathSegment[],
  legacy: string | undefined,
  engine: string | undefined,
  walk: JsonWalk,
): void {
  if (legacy === engine) return;
  if (legacy !== undefined && engine !== undefined && walk.openTexts(legacy, engine, path)) return;
  walk.findings.add({ kind: 'header', path, legacy, engine });
}

function normalised(name: string, values: Headers[number][1][]): string | undefined {
  if (values.length === 0) return undefined;
  const text = values.join(', ');
  if (name === 'content-type') return contentType(text);
  if (!SETS.has(name)) return text;
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  return [...new Set(words)]
    .filter((word) => word !== '')
    .sort()
    .join(', ');
}

/** Type, parameter names and charsets have no case; blanks around `;` mean nothing (RFC 9110 8.3.1). */
function contentType(text: string): string {
  return text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
    .join('; ');
}

function compareCookies(legacy: readonly string[], engine: readonly string[], walk: JsonWalk): void {
  const [left, right] = [byName(legacy), byName(engine)];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const path = ['headers', 'set-cookie', name];
    const [l, e] = [left.get(name), right.get(name)];
    if (l === undefined || e === undefined)
      walk.findings.add({ kind: 'header', path, legacy: l?.line, engine: e?.line });
    else compareCookie(l, e, path, walk);
  }
}

function compareCookie(legacy: ReadCookie, engine: ReadCookie, path: string[], walk: JsonWalk): void {
  compareJson(legacy.value, engine.value, [...path, 'value'], walk);
  for (const attribute of new Set([...legacy.attributes.keys(), ...engine.attributes.keys()]))
    compareValue([...path, attribute], legacy.attributes.get(attribute), engine.attributes.get(attribute), walk);
}

/** Of a cookie that is set twice the last line counts with browsers; the earlier ones get names of their own. */
function byName(lines: readonly string[]): ReadonlyMap<string, ReadCookie> {
  const cookies = new Map<string, ReadCookie>();
  for (const line of [...lines].reverse()) {
    const cookie = readSetCookie(line);
    let name = cookie.name;
    for (let again = 2; cookies.has(name); again += 1) name = `${cookie.name} (${again})`;
    cookies.set(name, cookie);
  }
  return cookies;
}
