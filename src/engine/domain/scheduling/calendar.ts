/** Steps by months on wall times (seconds as if at UTC), as the legacy takes them: the day is clamped to its month's last. Pure. */

const DAY_SECONDS = 86_400;
/** Years that the legacy's calendar has: 1 to 9999. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

export interface WallTime {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** Seconds since midnight. */
  readonly second: number;
}

/** @returns undefined outside of the calendar */
export function readWall(wall: number): WallTime | undefined {
  if (!(wall >= FIRST_SECOND && wall <= LAST_SECOND)) return undefined;
  const at = new Date(wall * 1000);
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth(),
    day: at.getUTCDate(),
    second: wall - Math.floor(wall / DAY_SECONDS) * DAY_SECONDS,
  };
}

export function wallSeconds({ year, month, day, second }: WallTime): number {
  const at = new Date(0);
  at.setUTCFullYear(year, month, day);
  return at.getTime() / 1000 + second;
}

/** @returns undefined beyond the calendar's last year */
export function monthsOn({ year, month, day, second }: WallTime, months: number): WallTime | undefined {
  const total = month + months;
  const target = { year: year + Math.floor(total / 12), month: total % 12 };
  if (target.year > 9999) return undefined;
  return { ...target, day: Math.min(day, daysIn(target.year, target.month)), second };
}

/** Whether any number of such steps leaves the day as it is. */
export function keepsItsDay({ month, day }: WallTime, months: number): boolean {
  return day <= 28 || (months % 12 === 0 && !(month === 1 && day === 29));
}

function daysIn(year: number, month: number): number {
  const at = new Date(0);
  at.setUTCFullYear(year, month + 1, 0);
  return at.getUTCDate();
}
