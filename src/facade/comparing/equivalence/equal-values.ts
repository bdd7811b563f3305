/**
 * Whether two values that differ mean the same: readings of one clock, values that each side made up, numbers of new rows. Strict:
 * only where both look like such a thing, and in the same form.
 */
import type { Finding, Settlement } from '../compare/finding.js';
import { JsonNumber, type JsonValue } from '../compare/json-document.js';
import type { Path } from '../compare/path.js';
import { type ClockWindow, mayBeNow, mayBeOneMoment } from './clock-window.js';
import type { FreshPair } from './fresh-values.js';
import { sharedIdForm } from './id-form.js';
import { readTimestamp } from './timestamp-form.js';

export interface EquivalenceTerms {
  readonly window: ClockWindow;
  /** Numbers of new rows: the legacy's, and which one the engine gave. */
  readonly newRows: ReadonlyMap<string, string>;
  /** Whether the two may stand for each other. Asked only for values of one form, and only of writes: reads make nothing up. */
  readonly agree: (pair: FreshPair) => boolean;
  readonly isExactTimestamp: (path: Path) => boolean;
  /** Whether what a process alone remembers is written there. */
  readonly isRemembered: (path: Path) => boolean;
}

const ID_NAME = /(?:^|_)ids?$|[a-z]Ids?$/;
const COUNTDOWN_NAME = /^retry[-_]?after$/i;
const WORD_BREAKS = /([\s"'<>(){}[\],;=&?/|]+)/;
const LABEL = /^[A-Za-z]+:/;
const PNG_URL = 'data:image/png;base64,';
/** Signature, length and type of the first chunk, width and height. */
const PNG_HEAD_BYTES = 24;
/** Texts beyond this are contents, not values. */
const LONGEST_TEXT = 262_144;

const REMEMBERED: Settlement = { name: 'memory', why: 'each side writes when it last heard of the agent itself' };

/** @returns undefined where they differ in earnest */
export function settle(finding: Finding, terms: EquivalenceTerms): Settlement | undefined {
  const { kind, path, legacy, engine } = finding;
  if (finding.settled !== undefined) return finding.settled;
  if (finding.exact === true || legacy === undefined || engine === undefined) return undefined;
  if (terms.isRemembered(path) && legacy instanceof JsonNumber && engine instanceof JsonNumber) return REMEMBERED;
  if (kind === 'missing' && path[0] === 'rows') return sameSecond(legacy, engine, path, terms);
  if (kind !== 'value' && kind !== 'header') return undefined;
  return (
    oneMoment(legacy, engine, path, terms) ??
    countdown(legacy, engine, path, terms) ??
    rowNumber(legacy, engine, path, terms) ??
    texts(legacy, engine, path, terms)
  );
}

function oneMoment(legacy: JsonValue, engine: JsonValue, path: Path, terms: EquivalenceTerms): Settlement | undefined {
  const l = readTimestamp(legacy, terms.window.legacy.from);
  const e = readTimestamp(engine, terms.window.engine.from);
  if (l === undefined || e === undefined || !mayBeOneMoment(l, e, terms.window)) return undefined;
  if (terms.isExactTimestamp(path)) return undefined;
  return { name: 'timestamp', why: 'two readings of the clock, no further apart than the sides worked' };
}

/** The engine wrote the second that stood there already, and then it was over. */
function sameSecond(legacy: JsonValue, engine: JsonValue, path: Path, terms: EquivalenceTerms): Settlement | undefined {
  const stood = readTimestamp(engine, terms.window.engine.from);
  if (stood === undefined || stood.step < 1000 || !mayBeNow(stood, terms.window.engine)) return undefined;
  if (oneMoment(legacy, engine, path, terms) === undefined) return undefined;
  return { name: 'timestamp', why: 'written twice within a second, which turned before the legacy wrote' };
}

/** The later side has the shorter wait to tell. */
function countdown(
  legacy: JsonValue,
  engine: JsonValue,
  path: Path,
  { window }: EquivalenceTerms,
): Settlement | undefined {
  if (!COUNTDOWN_NAME.test(nameOf(path)) || window.kind !== 'write') return undefined;
  const [l, e] = [amountOf(legacy), amountOf(engine)];
  const most = Math.ceil((window.legacy.to - window.engine.from) / 1000);
  if (l === undefined || e === undefined || l > e || e - l > most) return undefined;
  return { name: 'countdown', why: 'the legacy answered later, when less time was left' };
}

function amountOf(value: JsonValue): number | undefined {
  const text = value instanceof JsonNumber ? value.token : value;
  return typeof text === 'string' && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function rowNumber(
  legacy: JsonValue,
  engine: JsonValue,
  path: Path,
  { newRows }: EquivalenceTerms,
): Settlement | undefined {
  if (newRows.size === 0 || !ID_NAME.test(nameOf(path))) return undefined;
  const [l, e] = [legacy, engine].map((value) => (value instanceof JsonNumber ? value.token : value));
  if (typeof l !== 'string' || typeof e !== 'string' || newRows.get(l) !== e) return undefined;
  return { name: 'row-number', why: 'the numbers that the database gave to one new row' };
}

/** The last name of a path: an index says nothing about what a value is. */
function nameOf(path: Path): string {
  return path.findLast((segment): segment is string => typeof segment === 'string') ?? '';
}

function texts(legacy: JsonValue, engine: JsonValue, path: Path, terms: EquivalenceTerms): Settlement | undefined {
  if (typeof legacy !== 'string' || typeof engine !== 'string') return undefined;
  return (
    fresh(legacy, engine, terms) ??
    derivedImage(legacy, engine, terms) ??
    (legacy.length <= LONGEST_TEXT && engine.length <= LONGEST_TEXT ? words(legacy, engine, path, terms) : undefined)
  );
}

function fresh(legacy: string, engine: string, { window, agree }: EquivalenceTerms): Settlement | undefined {
  if (window.kind !== 'write') return undefined;
  const form = sharedIdForm(legacy, engine);
  return form !== undefined && agree({ legacy, engine }) ? { name: form.name, why: form.why } : undefined;
}

/** A drawn code of a fresh secret: two pictures of one size. */
function derivedImage(legacy: string, engine: string, { window }: EquivalenceTerms): Settlement | undefined {
  if (window.kind !== 'write' || !legacy.startsWith(PNG_URL) || !engine.startsWith(PNG_URL)) return undefined;
  const [l, e] = [legacy, engine].map((text) => Buffer.from(text.slice(PNG_URL.length), 'base64'));
  const same = l?.subarray(0, PNG_HEAD_BYTES).equals(e?.subarray(0, PNG_HEAD_BYTES) ?? Buffer.alloc(0));
  return same === true ? { name: 'image', why: 'pictures of one size, drawn of a fresh secret' } : undefined;
}

/** A value after what it is, as in a token's subject: `device:` and a GUID. */
function labelled(legacy: string, engine: string, terms: EquivalenceTerms): Settlement | undefined {
  const label = LABEL.exec(legacy)?.[0];
  if (label === undefined || !engine.startsWith(label)) return undefined;
  return fresh(legacy.slice(label.length), engine.slice(label.length), terms);
}

/** Texts around such values: word by word, with all that stands between the words equal. */
function words(legacy: string, engine: string, path: Path, terms: EquivalenceTerms): Settlement | undefined {
  const [left, right] = [legacy.split(WORD_BREAKS), engine.split(WORD_BREAKS)];
  if (left.length !== right.length) return undefined;
  const names = new Set<string>();
  for (const [at, l] of left.entries()) {
    const e = right[at] ?? '';
    if (l === e) continue;
    const settled = oneMoment(l, e, path, terms) ?? fresh(l, e, terms) ?? labelled(l, e, terms);
    if (settled === undefined) return undefined;
    names.add(settled.name);
  }
  return { name: [...names].sort().join('+'), why: 'the texts differ in such words only' };
}
