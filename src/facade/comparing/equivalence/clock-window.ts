/**
 * When each side worked, and so which readings of the clock can differ honestly. Readings that stand further apart than the
 * sides did, or that no second's turn lies between, are differences: that is how an error of one second is found.
 */
import type { ComparisonInput, SideOutcome } from '../comparison.js';
import type { CompareRules } from '../rules/compare-rules.js';
import type { Timestamp } from './timestamp-form.js';

/** Readings by two processes of one machine's clock may cross by this much; milliseconds. */
const JITTER_MS = 5;
const MINUTE_MS = 60_000;

export interface ClockWindow {
  readonly kind: ComparisonInput['kind'];
  /** Epoch milliseconds between which each side read its clock. */
  readonly legacy: Interval;
  readonly engine: Interval;
  /** How much earlier than the engine's the legacy's reading may be; infinite where nobody came first. */
  readonly mostLead: number;
}

interface Interval {
  readonly from: number;
  readonly to: number;
}

export function clockWindowOf(input: ComparisonInput, rules: CompareRules): ClockWindow {
  const { at } = input.request;
  const { engineAt = at, legacyAt = at } = input;
  // A write is dry-run first and executed afterwards; a read is asked of both at once.
  const spans = [msOf(input.legacy), msOf(input.engine)];
  const span = input.kind === 'write' ? sum(spans) : Math.max(...spans);
  const to = span + rules.toleranceMs;
  // The legacy may have been asked later than right after the dry run: a snapshot of the database stands between the two.
  const legacyTo = Math.max(at + to, legacyAt + msOf(input.legacy) + rules.toleranceMs);
  return {
    kind: input.kind,
    legacy: { from: at - rules.clockSkewMs, to: legacyTo + rules.clockSkewMs },
    engine: { from: engineAt, to: engineAt + to },
    mostLead: input.kind === 'write' && engineAt === at ? rules.clockSkewMs : Number.POSITIVE_INFINITY,
  };
}

function msOf(outcome: SideOutcome): number {
  return Number.isFinite(outcome.ms) ? Math.max(0, outcome.ms) : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Whether both may be the same event's time, read by two sides. */
export function mayBeOneMoment(legacy: Timestamp, engine: Timestamp, window: ClockWindow): boolean {
  if (legacy.form !== engine.form) return false;
  if (areBesideATurn(legacy, engine, window)) return true;
  const step = Math.max(legacy.step, engine.step);
  if (legacy.step !== engine.step && !onlyFractionLeftOut(legacy, engine)) return false;
  // Reads tell what is stored, which is the same for both; only what they compute from the clock itself may differ.
  return window.kind === 'read'
    ? mayBeNow(legacy, window.legacy) && mayBeNow(engine, window.engine)
    : distanceIsExplained(legacy.ms - engine.ms, step, window);
}

/** A fraction of exactly zero is not written; nothing else changes how fine a form is. */
function onlyFractionLeftOut(a: Timestamp, b: Timestamp): boolean {
  const coarse = a.step > b.step ? a : b;
  return coarse.form.startsWith('iso') && coarse.step === 1000 && coarse.ms % 1000 === 0;
}

/**
 * Whether a minute may have turned between the sides, for what goes by whole minutes, such as a job's next run: the one tells the minute
 * in which it looked, and the other, which looked in the next one, what comes after that.
 */
function areBesideATurn(legacy: Timestamp, engine: Timestamp, window: ClockWindow): boolean {
  if ([legacy, engine].some(({ ms, step }) => step > MINUTE_MS || ms % MINUTE_MS !== 0)) return false;
  const [early, late] = legacy.ms < engine.ms ? [legacy.ms, engine.ms] : [engine.ms, legacy.ms];
  const [before, after] = legacy.ms < engine.ms ? [window.legacy, window.engine] : [window.engine, window.legacy];
  const turn = early + MINUTE_MS;
  if (!isMinuteOf(early, before) || after.to < turn) return false;
  // A replay looks long afterwards.
  return after.from < turn + MINUTE_MS || isMinuteOf(late, after);
}

function isMinuteOf(ms: number, { from, to }: Interval): boolean {
  return ms + MINUTE_MS > from && ms <= to;
}

/** Whether a side may have read it from its clock while it worked. */
export function mayBeNow(stamp: Timestamp, { from, to }: Interval): boolean {
  return stamp.ms + stamp.step > from && stamp.ms <= to;
}

/**
 * A clock's reading, or a deadline at a whole number of steps from it. The difference of two readings, cut to steps, is a
 * number of step boundaries between the moments of reading.
 */
function distanceIsExplained(distance: number, step: number, { legacy, engine, mostLead }: ClockWindow): boolean {
  if (step < 1000) {
    const least = Math.max(legacy.from - engine.to, -mostLead - JITTER_MS);
    return distance >= least && distance <= legacy.to - engine.from;
  }
  const cut = (ms: number): number => Math.floor(ms / step) * step;
  const least = Math.max(cut(legacy.from) - cut(engine.to), -Math.ceil(mostLead / step) * step);
  return distance >= least && distance <= cut(legacy.to) - cut(engine.from);
}
