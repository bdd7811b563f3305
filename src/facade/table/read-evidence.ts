/** Reads `sample`, `compare`, `gate` and `guard` of a row, a group or the defaults. */
import { isMap } from 'yaml';
import type { IgnoreRule } from '../comparing/rules/compare-rules.js';
import { pathPatternProblem } from '../comparing/rules/path-pattern.js';
import type { EvidenceConfig } from './evidence-config.js';
import { type FieldReader, found, type RawField, type RawFields } from './field-reader.js';
import { readDuration, readPercentage } from './read-quantity.js';

/** Keys that `readEvidence` reads. */
export const EVIDENCE_FIELDS = { sample: true, compare: true, gate: true, guard: true } as const;

const PATTERN_EXPECTED = 'a path pattern such as body.devices[*].last_seen, headers.etag or rows.devices.*';
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MOST_COUNT = 1_000_000_000;
const MOST_RATIO = 1000;

export function readEvidence(reader: FieldReader, fields: RawFields): EvidenceConfig {
  const sample = fields.get('sample');
  return {
    sample: sample === undefined ? undefined : readPercentage(reader, sample, 2),
    compare: readCompare(reader, fields.get('compare')),
    gate: readRecord(reader, fields.get('gate'), GATE),
    guard: readGuard(reader, fields.get('guard')),
  };
}

/** How each key of a record is read; undefined when it can't be, after a problem was added. */
type Readers<T> = { readonly [K in keyof Required<T>]?: (reader: FieldReader, raw: RawField) => T[K] | undefined };

function readRecord<T extends object>(reader: FieldReader, raw: RawField | undefined, readers: Readers<T>): Partial<T> {
  const known = Object.fromEntries(Object.keys(readers).map((key) => [key, true as const]));
  const fields = raw === undefined ? undefined : reader.record(raw, known)?.fields;
  const read: Partial<T> = {};
  for (const key of Object.keys(readers) as (keyof T & string)[]) {
    const field = fields?.get(key);
    const value = field === undefined ? undefined : readers[key]?.(reader, field);
    if (value !== undefined) read[key] = value;
  }
  return read;
}

const share = (reader: FieldReader, raw: RawField): number | undefined => {
  const percent = readPercentage(reader, raw, 4);
  return percent === undefined ? undefined : percent / 100;
};
const count = (reader: FieldReader, raw: RawField): number | undefined =>
  reader.number(
    raw,
    'a whole number, 1 or more',
    (value) => Number.isInteger(value) && value >= 1 && value <= MOST_COUNT,
  );
const patterns = (reader: FieldReader, raw: RawField): readonly string[] =>
  (reader.list(raw) ?? []).flatMap((entry) => readPattern(reader, entry) ?? []);

/** In the file durations are told with their unit, so their keys do without it. */
type CompareFields = Omit<EvidenceConfig['compare'], 'toleranceMs' | 'clockSkewMs'> &
  Durations<'tolerance' | 'clockSkew'>;
type GuardFields = Omit<EvidenceConfig['guard'], 'on' | 'windowMs' | 'holdDownMs'> & Durations<'window' | 'holdDown'>;
type Durations<Name extends string> = { readonly [K in Name]?: number };

const COMPARE: Readers<CompareFields> = {
  ignore: (reader, raw) => (reader.list(raw) ?? []).flatMap((entry) => readIgnore(reader, entry) ?? []),
  unordered: patterns,
  exactTimestamps: patterns,
  headers: (reader, raw) => (reader.list(raw) ?? []).flatMap((entry) => readHeader(reader, entry) ?? []),
  tolerance: readDuration,
  clockSkew: readDuration,
  askLegacyAgain: (reader, raw) => reader.flag(raw),
};

const GATE: Readers<EvidenceConfig['gate']> = {
  mismatchRate: share,
  minimum: count,
  perStatus: count,
  served: count,
  latencyRatio: (reader, raw) =>
    reader.number(raw, `a number above 0, at most ${MOST_RATIO}`, (value) => value > 0 && value <= MOST_RATIO),
  inconclusiveShare: share,
  engineFailures: share,
  noiseShare: share,
};

const GUARD: Readers<GuardFields> = {
  errorRate: share,
  timeoutRate: share,
  mismatchRate: share,
  minRequests: count,
  window: readWindow,
  holdDown: readDuration,
};

/** Shorter ones would be judged by a handful of requests, and by none. */
const SHORTEST_WINDOW_MS = 1000;

function readWindow(reader: FieldReader, raw: RawField): number | undefined {
  const value = readDuration(reader, raw);
  if (value === undefined || value >= SHORTEST_WINDOW_MS) return value;
  reader.problems.add(raw, `expected ${SHORTEST_WINDOW_MS / 1000}s or more (found ${found(raw.node)})`);
  return undefined;
}

function readCompare(reader: FieldReader, raw: RawField | undefined): EvidenceConfig['compare'] {
  const { tolerance, clockSkew, ...rules } = readRecord(reader, raw, COMPARE);
  return {
    ...rules,
    ...(tolerance === undefined ? {} : { toleranceMs: tolerance }),
    ...(clockSkew === undefined ? {} : { clockSkewMs: clockSkew }),
  };
}

function readGuard(reader: FieldReader, raw: RawField | undefined): EvidenceConfig['guard'] {
  if (raw === undefined) return {};
  if (reader.isText(raw, 'off')) return { on: false };
  const { window, holdDown, ...shares } = readRecord(reader, raw, GUARD);
  return {
    on: true,
    ...shares,
    ...(window === undefined ? {} : { windowMs: window }),
    ...(holdDown === undefined ? {} : { holdDownMs: holdDown }),
  };
}

function readPattern(reader: FieldReader, raw: RawField): string | undefined {
  const text = reader.text(raw, PATTERN_EXPECTED);
  if (text === undefined || pathPatternProblem(text) === undefined) return text;
  reader.problems.add(raw, `expected ${PATTERN_EXPECTED} (found ${JSON.stringify(text)})`);
  return undefined;
}

function readHeader(reader: FieldReader, raw: RawField): string | undefined {
  const text = reader.text(raw, 'the name of a header');
  if (text === undefined || HEADER.test(text)) return text?.toLowerCase();
  reader.problems.add(raw, `expected the name of a header (found ${JSON.stringify(text)})`);
  return undefined;
}

/** A path alone is a rule that nobody answers for: it works, and the gate blocks on it. */
function readIgnore(reader: FieldReader, raw: RawField): IgnoreRule | undefined {
  if (!isMap(raw.node)) {
    const path = readPattern(reader, raw);
    return path === undefined ? undefined : { path, why: undefined, owner: undefined, expires: undefined };
  }
  const fields = reader.record(raw, { path: true, why: true, owner: true, expires: true })?.fields;
  if (fields === undefined) return undefined;
  const path = readPattern(reader, fields.get('path') ?? { ...raw, node: undefined, field: `${raw.field}.path` });
  const text = (name: string): string | undefined => {
    const field = fields.get(name);
    return field === undefined ? undefined : reader.text(field);
  };
  const expires = fields.get('expires');
  const at = expires === undefined ? undefined : readDate(reader, expires);
  return path === undefined ? undefined : { path, why: text('why'), owner: text('owner'), expires: at };
}

/** @returns epoch milliseconds of the day's beginning, UTC */
function readDate(reader: FieldReader, raw: RawField): number | undefined {
  const expected = 'a date such as 2027-01-31, from which on the rule does not apply';
  const text = reader.text(raw, expected);
  if (text === undefined) return undefined;
  const at = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 2027-02-31 for a day in March.
  if (!Number.isNaN(at) && new Date(at).toISOString().startsWith(text)) return at;
  reader.problems.add(raw, `expected ${expected} (found ${JSON.stringify(text)})`);
  return undefined;
}
