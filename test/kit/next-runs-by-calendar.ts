/**
 * When a job runs next, by the rules as they are written down: what histories of two schedulers are judged by. Shares nothing with the
 * engine: Intl knows the zone, whatever zone the process has. Times are epoch seconds; a wall time is the same as if the wall hung at UTC.
 */
import { namedZone } from './named-zone.js';

export interface Schedule {
  readonly type: string;
  readonly start: number;
}

/** In seconds. */
const PERIODS: Readonly<Record<string, number>> = {
  every_5_minutes: 300,
  every_10_minutes: 600,
  every_hour: 3600,
  daily: 86_400,
  weekly: 604_800,
};
const MONTHS: Readonly<Record<string, number>> = { monthly: 1, yearly: 12 };
const DAY = 86_400;
/** Between two looks for a change of the clocks: no zone here changes twice in it. */
const LOOK = 20 * DAY;

const made = new Map<string, NextRunsByCalendar>();

/** @param zone by its name in the time zone database */
export function nextRunsIn(zone: string): NextRunsByCalendar {
  const nextRuns = made.get(zone) ?? new NextRunsByCalendar(zone);
  made.set(zone, nextRuns);
  return nextRuns;
}

export const minuteOf = (seconds: number): number => Math.floor(seconds / 60) * 60;

export class NextRunsByCalendar {
  readonly #offsets = new Map<number, number>();
  readonly #offsetAt: (moment: number) => number;

  constructor(name: string) {
    const zone = namedZone(name);
    this.#offsetAt = (moment) => zone.offsetAt(moment);
  }

  /**
   * By the rules that are meant: months and years keep the time of day that the zone's clocks show.
   * @param last the latest occurrence @returns the first one from `now` on; undefined when there is none
   */
  meant({ type, start }: Schedule, last: number | undefined, now: number): number | undefined {
    const months = MONTHS[type];
    if (months === undefined) return periodic(type, start, last, now);
    if (last === undefined && start >= now) return start;
    let wall = this.shown(last ?? start);
    if (last !== undefined) {
      // The clock's jump may have moved it.
      const atStartsTime = wall - (wall % DAY) + (this.shown(start) % DAY);
      wall = monthsOn(this.momentOf(atStartsTime) === last ? atStartsTime : wall, months);
    }
    while (this.momentOf(wall) < now) wall = monthsOn(wall, months);
    return this.momentOf(wall);
  }

  /** As the legacy computes it (F10): what the clock at UTC shows is taken for local time, at each step. */
  legacy({ type, start }: Schedule, last: number | undefined, now: number): number | undefined {
    const months = MONTHS[type];
    if (months === undefined) return periodic(type, start, last, now);
    let at = last === undefined ? this.momentOf(start) : this.momentOf(monthsOn(last, months));
    while (at < now) at = this.momentOf(monthsOn(at, months));
    return at;
  }

  shown(moment: number): number {
    return moment + this.#offset(moment);
  }

  /** PEP 495, fold 0: the first moment at which the clock shows it; where it jumps over it, as if it had not jumped yet. */
  momentOf(wall: number): number {
    const before = wall - this.#offset(wall - 2 * DAY);
    const after = wall - this.#offset(wall + 2 * DAY);
    const showing = [before, after].filter((moment) => this.shown(moment) === wall);
    return showing.length === 0 ? before : Math.min(...showing);
  }

  /** Moments at which the zone's clocks change. */
  changes(from: number, until: number): readonly number[] {
    const found: number[] = [];
    for (let at = from; at < until; at += LOOK) {
      if (this.#offset(at) === this.#offset(at + LOOK)) continue;
      let [before, after] = [minuteOf(at), minuteOf(at + LOOK)];
      while (after - before > 60) {
        const middle = minuteOf((before + after) / 2);
        if (this.#offset(middle) === this.#offset(at)) before = middle;
        else after = middle;
      }
      found.push(after);
    }
    return found;
  }

  /** Clocks change at a quarter of an hour, at any offset. */
  #offset(moment: number): number {
    const quarter = Math.floor(moment / 900);
    const known = this.#offsets.get(quarter) ?? this.#offsetAt(quarter * 900);
    this.#offsets.set(quarter, known);
    return known;
  }
}

/** The day is clamped to its month's last. */
export function monthsOn(wall: number, months: number): number {
  const at = new Date(wall * 1000);
  const first = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1));
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return first.getTime() / 1000 + (Math.min(at.getUTCDate(), days) - 1) * DAY + (wall % DAY);
}

function periodic(type: string, start: number, last: number | undefined, now: number): number | undefined {
  const period = PERIODS[type];
  if (period === undefined) return undefined;
  const next = last === undefined ? start : last + period;
  return next >= now ? next : next + Math.ceil((now - next) / period) * period;
}
