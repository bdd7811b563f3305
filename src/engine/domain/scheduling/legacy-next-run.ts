/**
 * The next run as the legacy computes it (scheduler F10), for what is shown beside the engine's and for comparing: `monthly` and
 * `yearly` read the UTC clock, and take what it shows for local time, at the beginning and at each step.
 */
import { monthsOn, readWall, wallSeconds } from './calendar.js';
import { nextRunBy, type ScheduleState } from './next-run.js';
import { momentOf, type Zone } from './zone.js';

/** @param zone of the legacy's process */
export function legacyNextRun(state: ScheduleState, zone: Zone): bigint | null {
  return nextRunBy(state, (months, start, last, now) => {
    let at = last === null ? misread(Number(start), 0, zone) : misread(Number(last), months, zone);
    while (at !== undefined && at < Number(now)) at = misread(at, months, zone);
    return at === undefined ? null : BigInt(at);
  });
}

function misread(moment: number, months: number, zone: Zone): number | undefined {
  const shown = readWall(moment);
  const next = shown === undefined ? undefined : monthsOn(shown, months);
  return next === undefined ? undefined : momentOf(wallSeconds(next), zone);
}
