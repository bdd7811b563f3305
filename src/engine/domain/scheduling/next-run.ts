/**
 * When a job runs next (scheduler 6). All times are epoch seconds, floored to the minute; they are `bigint` since the columns hold
 * 64 bits. Takes the same few steps whatever start a job was given.
 */
import { keepsItsDay, monthsOn, readWall, type WallTime, wallSeconds } from './calendar.js';
import { momentOf, wallAt, type Zone } from './zone.js';

const MINUTE = 60n;

/** Seconds between occurrences. */
const PERIODS: ReadonlyMap<string, bigint> = new Map([
  ['every_5_minutes', 300n],
  ['every_10_minutes', 600n],
  ['every_15_minutes', 900n],
  ['every_30_minutes', 1800n],
  ['every_hour', 3600n],
  ['daily', 86_400n],
  ['weekly', 604_800n],
]);

/** Months between occurrences. */
const MONTHS: ReadonlyMap<string, number> = new Map([
  ['monthly', 1],
  ['yearly', 12],
]);

export interface ScheduleState {
  /** In lower case, trimmed; empty counts as `immediately`. */
  readonly type: string;
  readonly start: bigint | null;
  /** The latest occurrence. */
  readonly last: bigint | null;
  readonly now: bigint;
}

/** How `monthly` and `yearly` come from one occurrence to the next one. @returns null when there is none that a calendar has */
export type CalendarSteps = (months: number, start: bigint, last: bigint | null, now: bigint) => bigint | null;

/** The next run as the engine has it: `monthly` and `yearly` keep the time of day that the zone's clocks show. */
export function nextRun(state: ScheduleState, zone: Zone): bigint | null {
  return nextRunBy(state, (months, start, last, now) => nextCalendarRun(months, start, last, now, zone));
}

export function isRecurring(type: string): boolean {
  return PERIODS.has(type) || MONTHS.has(type);
}

/** @returns null also when `steps` does */
export function nextRunBy(state: ScheduleState, steps: CalendarSteps): bigint | null {
  const { type } = state;
  const [start, last, now] = [minuteOrNull(state.start), minuteOrNull(state.last), floorToMinute(state.now)];
  if (type === '' || type === 'immediately') return last === null ? now : null;
  if (type === 'once') return last === null ? start : null;
  if (start === null) return null;
  const period = PERIODS.get(type);
  if (period !== undefined) return nextPeriodicRun(last === null ? start : last + period, period, now);
  const months = MONTHS.get(type);
  return months === undefined ? null : steps(months, start, last, now);
}

/** A multiple of 60, also below zero. */
export function floorToMinute(seconds: bigint): bigint {
  const rest = seconds % MINUTE;
  return seconds - (rest < 0n ? rest + MINUTE : rest);
}

/** Null and 0 count as missing, before and after flooring. */
export function minuteOrNull(seconds: bigint | null): bigint | null {
  const minute = seconds === null ? 0n : floorToMinute(seconds);
  return minute === 0n ? null : minute;
}

function nextPeriodicRun(candidate: bigint, period: bigint, now: bigint): bigint {
  return candidate >= now ? candidate : candidate + ((now - candidate + period - 1n) / period) * period;
}

function nextCalendarRun(months: number, start: bigint, last: bigint | null, now: bigint, zone: Zone): bigint | null {
  const origin = readWall(wallAt(Number(last ?? start), zone));
  if (origin === undefined) return null;
  if (last === null && start >= now) return start;
  const from = last === null ? origin : monthsOn(timeOfStart(origin, Number(last), Number(start), zone), months);
  const found = from === undefined ? undefined : walk(from, months, Number(now), zone);
  return found === undefined ? null : floorToMinute(BigInt(momentOf(wallSeconds(found), zone)));
}

/**
 * An occurrence that the clock's jump moved goes on at its old time of day: where the start's, on that day, is the same moment,
 * the start's counts.
 */
function timeOfStart(last: WallTime, moment: number, start: number, zone: Zone): WallTime {
  const second = readWall(wallAt(start, zone))?.second;
  if (second === undefined || second === last.second) return last;
  const meant = { ...last, second };
  return momentOf(wallSeconds(meant), zone) === moment ? meant : last;
}

/** The first of these that is not before now; the day that a short month clamped stays clamped. */
function walk(from: WallTime, months: number, now: number, zone: Zone): WallTime | undefined {
  let at: WallTime | undefined = from;
  while (at !== undefined && momentOf(wallSeconds(at), zone) < now) {
    // At most a few steps until the day is one that every month has; from there on they can be taken at once.
    const steps = keepsItsDay(at, months) ? Math.max(1, monthsBefore(at, now, months)) : 1;
    at = monthsOn(at, steps * months);
  }
  return at;
}

/** Steps that surely do not reach now. */
function monthsBefore({ year, month }: WallTime, now: number, months: number): number {
  const limit = readWall(now);
  if (limit === undefined) return 1;
  return Math.floor(((limit.year - year) * 12 + limit.month - month - 1) / months) - 1;
}
