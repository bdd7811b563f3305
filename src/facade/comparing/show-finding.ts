/** Findings in the form in which they are told and kept: short, and without secrets. */

import type { Finding } from './compare/finding.js';
import { JsonNumber, JsonObject, type JsonValue } from './compare/json-document.js';
import { type Path, pathText } from './compare/path.js';
import type { Difference } from './comparison.js';
import type { Redactor } from './redaction/redactor.js';

/** Characters of a value that are shown. */
const MOST_SHOWN = 240;
const BEFORE_DIFFERENCE = 60;
const LONGEST_PATH = 400;

export function showFinding(finding: Finding, redactor: Redactor): Difference {
  const { kind, path } = finding;
  const [legacy, engine] = nearDifference(finding.legacy, finding.engine);
  const name = nameFor(path);
  const [l, e] = bothShown(legacy, engine, name, redactor);
  const start = l !== undefined && e !== undefined ? startOfExcerpt(l, e) : 0;
  return {
    kind,
    path: redactor.text(pathText(path)).slice(0, LONGEST_PATH),
    legacy: l && excerpt(l, start),
    engine: e && excerpt(e, start),
  };
}

const WHOLE_PLACEHOLDER = /^"\[redacted:[^"]*\]"$/;

/** Where the one side's value is a secret, so is what the other has in its place. */
function bothShown(
  legacy: JsonValue | undefined,
  engine: JsonValue | undefined,
  name: string | undefined,
  redactor: Redactor,
): (string | undefined)[] {
  const shown = [legacy, engine].map((value) => (value === undefined ? undefined : shownText(value, name, redactor)));
  if (!shown.some((text) => text !== undefined && WHOLE_PLACEHOLDER.test(text))) return shown;
  return [legacy, engine].map((value, at) =>
    typeof value === 'string' && !WHOLE_PLACEHOLDER.test(shown[at] ?? '')
      ? shownText(value, 'secret', redactor)
      : shown[at],
  );
}

/** Under which name redaction looks at the value. A cookie's name is nobody's to choose: its value is always a secret. */
function nameFor(path: Path): string | undefined {
  const last = path.findLast((segment): segment is string => typeof segment === 'string');
  const isCookie = path[0] === 'headers' && path[1] === 'set-cookie';
  return isCookie && (path.length === 3 || (path.length === 4 && last === 'value')) ? 'set-cookie' : last;
}

/** Texts beyond this are cut to where they differ before they are redacted. */
const LONGEST_WHOLE = 65_536;
/** Longer than any secret, so that none loses its form where it is shown. */
const AROUND = 8192;

function nearDifference(a: JsonValue | undefined, b: JsonValue | undefined): (JsonValue | undefined)[] {
  const longest = Math.max(...[a, b].map((value) => (typeof value === 'string' ? value.length : 0)));
  if (longest <= LONGEST_WHOLE) return [a, b];
  const [left, right] = [a, b].map((value) => (typeof value === 'string' ? value : ''));
  let at = 0;
  while (at < longest && left?.[at] === right?.[at]) at += 1;
  const from = Math.max(0, at - AROUND);
  return [a, b].map((value) => (typeof value === 'string' ? value.slice(from, at + AROUND) : value));
}

function startOfExcerpt(a: string, b: string): number {
  if (Math.max(a.length, b.length) <= MOST_SHOWN) return 0;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return Math.max(0, at - BEFORE_DIFFERENCE);
}

function excerpt(text: string, start: number): string {
  const end = start + MOST_SHOWN;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${text.length > end ? '…' : ''}`;
}

/** Characters that are looked at to find where two long values differ. */
const MOST_WRITTEN = 16_384;

function shownText(value: JsonValue, name: string | undefined, redactor: Redactor): string {
  const simple = shownScalar(value, name, redactor);
  if (simple !== undefined) return simple;
  const text = new ShownText(redactor);
  text.write(value, name);
  return text.whole();
}

/** Undefined for objects and lists. */
function shownScalar(value: JsonValue, name: string | undefined, redactor: Redactor): string | undefined {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(redactor.text(value, name));
  return value instanceof JsonNumber ? shownNumber(value.token, name, redactor) : undefined;
}

/** JSON with secrets taken out, up to a length. */
class ShownText {
  readonly #redactor: Redactor;
  readonly #parts: string[] = [];
  #left = MOST_WRITTEN;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  whole(): string {
    return this.#parts.join('');
  }

  write(value: JsonValue, under: string | undefined): void {
    if (this.#left <= 0) return;
    const simple = shownScalar(value, under, this.#redactor);
    if (simple !== undefined) this.#put(simple);
    else if (value instanceof JsonObject) this.#writeObject(value, under);
    else this.#writeList(value as readonly JsonValue[], under);
  }

  #put(text: string): void {
    this.#parts.push(text);
    this.#left -= text.length;
  }

  #writeList(list: readonly JsonValue[], under: string | undefined): void {
    this.#put('[');
    for (const [at, item] of list.entries()) {
      if (at > 0) this.#put(',');
      if (this.#left <= 0) break;
      this.write(item, under);
    }
    this.#put(']');
  }

  #writeObject({ keys, values }: JsonObject, under: string | undefined): void {
    // What stands beneath a secret's name is secret, whatever it is called itself.
    const inherited = under !== undefined && this.#redactor.text('x', under) !== 'x' ? under : undefined;
    this.#put('{');
    for (const [at, key] of keys.entries()) {
      if (this.#left <= 0) break;
      this.#put(`${at > 0 ? ',' : ''}${JSON.stringify(this.#redactor.text(key))}:`);
      this.write(values[at] ?? null, inherited ?? key);
    }
    this.#put('}');
  }
}

function shownNumber(token: string, name: string | undefined, redactor: Redactor): string {
  const shown = redactor.text(token, name);
  return shown === token ? token : JSON.stringify(shown);
}
