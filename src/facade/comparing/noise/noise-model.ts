/**
 * What the legacy disagrees with itself about. Learned from asking it the same twice; a path that has disagreed often enough lately is
 * noise until it has agreed for long. Counts fade with each asking and with time, so nothing is noise for ever. No I/O: the store keeps
 * the state.
 */

import type { Disagreement } from '../comparer.js';
import type { DifferenceKind } from '../comparison.js';
import type { NoiseView } from './noise-view.js';

/** One path of one row, with counts that have faded. */
export interface NoisyPath {
  readonly path: string;
  readonly class: NoiseClass;
  /** Askings that disagreed here, and all askings since the path was first met. */
  readonly disagreed: number;
  readonly asked: number;
  /** Whether differences here are passed over. */
  readonly isNoise: boolean;
  /** Epoch milliseconds of the latest disagreement. */
  readonly latest: number;
}

/**
 * Kinds of difference that excuse each other: an item that comes and goes is missing and extra by turns. Status and type are no noise,
 * however the legacy wavers in them: an engine that fails, or answers in another form, would be excused by a legacy that does so at times.
 */
export type NoiseClass = 'presence' | 'value' | 'order' | 'header';

/** As it is kept: JSON. */
export interface NoiseState {
  readonly rows: Readonly<Record<string, { readonly at: number; readonly paths: readonly NoisyPath[] }>>;
}

export interface NoiseModel {
  view(rowId: string): NoiseView;
  /** @param disagreements of one asking; empty when the legacy agreed with itself */
  learn(rowId: string, disagreements: readonly Disagreement[]): void;
  /** The noisiest first. */
  paths(rowId: string): readonly NoisyPath[];
  /** Everything learned about a row that compares differently now. */
  forget(rowId: string): void;
  state(): NoiseState;
}

export interface NoiseModelOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly mostRows?: number;
  readonly mostPaths?: number;
}

/** Disagreements before a path is noise, and the least share of askings. */
const LEAST_DISAGREED = 3;
const LEAST_SHARE = 0.03;
/** Below either of these what was noise is so no longer. Lower than the above, so that paths do not flicker. */
const FORGOTTEN_DISAGREED = 1;
const FORGOTTEN_SHARE = 0.01;
/** Counts halve over this many askings, and over this time. */
const HALVING_ASKINGS = 100;
const HALVING_MS = 3 * 86_400_000;
/** Names in paths are whatever bodies hold; longer ones would be kept by the megabyte. */
const LONGEST_PATH = 400;
/** Counts so small say nothing. */
const NEGLIGIBLE = 0.05;

interface PathCount {
  readonly path: string;
  readonly class: NoiseClass;
  disagreed: number;
  asked: number;
  isNoise: boolean;
  latest: number;
}

interface RowCounts {
  /** When counts were last made to fade. */
  at: number;
  readonly paths: Map<string, PathCount>;
}

export function createNoiseModel(options: NoiseModelOptions, kept?: NoiseState): NoiseModel {
  const { now, mostRows = 2000, mostPaths = 500 } = options;
  const rows = new Map<string, RowCounts>(Object.entries(kept?.rows ?? {}).map(([id, row]) => [id, restored(row)]));
  return {
    view: (rowId) => ({
      noiseAt: (path, kind) => {
        const row = rows.get(rowId);
        const noiseClass = classOf(kind);
        const count = noiseClass && row?.paths.get(keyOf(path, noiseClass));
        if (row === undefined || count === undefined) return undefined;
        fade(row, 0, now());
        return count.isNoise ? whyNoise(count) : undefined;
      },
    }),
    learn: (rowId, disagreements) => {
      const row = rows.get(rowId) ?? { at: now(), paths: new Map<string, PathCount>() };
      rows.delete(rowId);
      rows.set(rowId, row);
      learn(row, disagreements, now());
      bound(row.paths, mostPaths);
      while (rows.size > mostRows) rows.delete(rows.keys().next().value ?? '');
    },
    paths: (rowId) => [...(rows.get(rowId)?.paths.values() ?? [])].sort(byShare).map((count) => ({ ...count })),
    forget: (rowId) => void rows.delete(rowId),
    state: () => ({
      rows: Object.fromEntries(
        [...rows].map(([id, { at, paths }]) => [id, { at, paths: [...paths.values()].map((count) => ({ ...count })) }]),
      ),
    }),
  };
}

function restored({ at, paths }: { at: number; paths: readonly NoisyPath[] }): RowCounts {
  const known = paths.filter((count) => CLASSES.has(count.class));
  return { at, paths: new Map(known.map((count) => [keyOf(count.path, count.class), { ...count }])) };
}

function keyOf(path: string, noiseClass: NoiseClass): string {
  return `${noiseClass} ${path}`;
}

/** Of what an earlier release learned, others are forgotten. */
const CLASSES: ReadonlySet<string> = new Set<NoiseClass>(['presence', 'value', 'order', 'header']);

/** @returns undefined for what is never noise */
function classOf(kind: DifferenceKind): NoiseClass | undefined {
  if (kind === 'status' || kind === 'type') return undefined;
  return kind === 'missing' || kind === 'extra' || kind === 'length' || kind === 'doubled' ? 'presence' : kind;
}

function learn(row: RowCounts, disagreements: readonly Disagreement[], now: number): void {
  fade(row, 1, now);
  for (const { path, kind } of disagreements) {
    const noiseClass = classOf(kind);
    if (noiseClass === undefined || path.length > LONGEST_PATH) continue;
    const key = keyOf(path, noiseClass);
    const known = row.paths.get(key);
    const count = known ?? { path, class: noiseClass, disagreed: 0, asked: 0, isNoise: false, latest: now };
    count.disagreed += 1;
    count.latest = now;
    row.paths.set(key, count);
  }
  // Every asking of the row is one of each of its paths, whether they disagreed or not.
  for (const count of row.paths.values()) {
    count.asked += 1;
    settle(count);
  }
}

function fade(row: RowCounts, askings: number, now: number): void {
  const age = Math.max(0, now - row.at);
  const factor = 0.5 ** (askings / HALVING_ASKINGS + age / HALVING_MS);
  row.at = Math.max(row.at, now);
  if (factor === 1) return;
  for (const [key, count] of row.paths) {
    count.disagreed *= factor;
    count.asked *= factor;
    settle(count);
    if (count.disagreed < NEGLIGIBLE) row.paths.delete(key);
  }
}

function settle(count: PathCount): void {
  const share = shareOf(count);
  if (count.isNoise) count.isNoise = count.disagreed >= FORGOTTEN_DISAGREED && share >= FORGOTTEN_SHARE;
  else count.isNoise = count.disagreed >= LEAST_DISAGREED - 0.1 && share >= LEAST_SHARE;
}

function shareOf({ disagreed, asked }: PathCount): number {
  return asked === 0 ? 1 : Math.min(1, disagreed / asked);
}

function byShare(a: PathCount, b: PathCount): number {
  return shareOf(b) - shareOf(a) || b.disagreed - a.disagreed;
}

/** Drops what disagrees least. */
function bound(paths: Map<string, PathCount>, most: number): void {
  if (paths.size <= most) return;
  const least = [...paths].sort(([, a], [, b]) => a.disagreed - b.disagreed).slice(0, paths.size - most);
  for (const [key] of least) paths.delete(key);
}

function whyNoise(count: PathCount): string {
  return `the legacy disagrees with itself here, lately in ${Math.round(shareOf(count) * 100)} % of askings`;
}
