/** What a random history of two schedulers is made of: the server's zone, when it begins, and jobs that come due in it. */
import { minuteOf, monthsOn, type NextRunsByCalendar, nextRunsIn } from './next-runs-by-calendar.js';
import type { SeededRandom } from './seeded-random.js';

/** Of the server: without summer time, with it on either half of the earth, and with half an hour of it. */
export const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'] as const;
/** Online as long as its agents are; `B` comes and goes. */
export const STEADY = ['A', 'C'] as const;

export interface DrawnJob {
  readonly type: string;
  readonly start: number;
  readonly targets: readonly string[];
  readonly enabled: boolean;
  /** Its latest occurrence, when it has run, with how its runs ended. */
  readonly ran?: { readonly occurrence: number; readonly statuses: readonly string[] };
}

/** Tuesday, 2026-03-10 14:20:00 UTC. */
const PLAIN_BEGIN = 1_773_152_400;
const YEAR = 31_557_600;
const DAY = 86_400;
const TYPES = ['every_5_minutes', 'every_5_minutes', 'every_10_minutes', 'once', 'immediately'] as const;
/** Of days, months and years. */
export const CALENDAR_TYPES = ['daily', 'weekly', 'monthly', 'monthly', 'yearly'] as const;
const DAYS: Readonly<Record<string, number>> = { daily: 1, weekly: 7 };

export class HandoverDrawing {
  readonly zone: string;
  /** Epoch seconds, of a full minute. */
  readonly begin: number;
  readonly #random: SeededRandom;
  readonly #nextRuns: NextRunsByCalendar;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.zone = random.pick(ZONES);
    this.#nextRuns = nextRunsIn(this.zone);
    this.begin = this.#anyBegin();
  }

  /** A job of minutes, or one that runs once. */
  job(now: number): DrawnJob {
    const type = this.#random.pick(TYPES);
    return { type, start: now + (this.#random.below(10) - 3) * 60, ...this.#anyTargets() };
  }

  /**
   * A job of days, months or years that comes due within minutes by one way or another to count them: the one that is meant, the
   * legacy's, or one that nobody should follow.
   */
  calendarJob(now: number): DrawnJob {
    const type = this.#random.pick(CALENDAR_TYPES);
    const due = minuteOf(now) + (this.#random.below(12) - 1) * 60;
    const { targets, enabled } = this.#anyTargets();
    const last = this.#before(type, due);
    const start = this.#random.chance(0.5) ? last : this.#meantBefore(type, last, 1 + this.#random.below(3));
    const job = { type, start, targets, enabled };
    // Its first occurrence is still to come, or nobody served it.
    if (this.#random.chance(0.15)) return { ...job, start: this.#random.chance(0.5) ? due : start };
    const status = (): string => this.#random.weighted({ Success: 9, Failed: 1 });
    return { ...job, ran: { occurrence: last, statuses: targets.map(status) } };
  }

  #anyTargets(): Pick<DrawnJob, 'targets' | 'enabled'> {
    const enabled = this.#random.chance(0.85);
    return { targets: this.#random.pick([['A'], ['A', 'C'], ['A', 'B'], ['C', 'B', 'A']]), enabled };
  }

  /** Mostly around a change of the clocks, or a day from it. */
  #anyBegin(): number {
    const changes = this.#nextRuns.changes(PLAIN_BEGIN, PLAIN_BEGIN + 2 * YEAR);
    if (changes.length === 0 || this.#random.chance(0.15)) return PLAIN_BEGIN;
    const days = this.#random.weighted({ '0': 6, '1': 1, '-1': 1 });
    return this.#random.pick(changes) + Number(days) * DAY + (this.#random.below(130) - 70) * 60;
  }

  /** The occurrence before one at this moment. */
  #before(type: string, due: number): number {
    const how = this.#random.weighted({ meant: 6, legacy: 3, trap: 1 });
    if (how === 'meant') return this.#meantBefore(type, due, 1);
    const days = DAYS[type];
    // Days of the wall in place of seconds; months of the clock at UTC in place of the wall's.
    if (days !== undefined) return this.#nextRuns.momentOf(this.#nextRuns.shown(due) - days * DAY);
    return monthsOn(how === 'legacy' ? this.#nextRuns.shown(due) : due, -monthsOf(type));
  }

  #meantBefore(type: string, moment: number, steps: number): number {
    const days = DAYS[type];
    if (days !== undefined) return moment - steps * days * DAY;
    return this.#nextRuns.momentOf(monthsOn(this.#anyWall(moment), -steps * monthsOf(type)));
  }

  /** What the wall shows, or would have shown had its clocks not just changed: at a change some times are skipped, others come twice. */
  #anyWall(moment: number): number {
    const offset = (at: number): number => this.#nextRuns.shown(at) - at;
    return moment + (this.#random.chance(0.6) ? offset(moment) : offset(moment - DAY));
  }
}

function monthsOf(type: string): number {
  return type === 'yearly' ? 12 : 1;
}
