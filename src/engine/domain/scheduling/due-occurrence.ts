/**
 * Which occurrence of a job is to be served now (scheduler 7.3). Where the legacy's rules end a recurring job for good (F5, F7, F8),
 * it goes on with its next occurrence here, whatever became of the one before.
 */
import { floorToMinute, isRecurring, minuteOrNull, nextRun, type ScheduleState } from './next-run.js';
import type { Zone } from './zone.js';

/** What a job that never ran may be late by. */
const GRACE_SECONDS = 300n;

export interface JobState extends Omit<ScheduleState, 'now'> {
  readonly createdAt: bigint;
}

export interface DueMinutes {
  /** The first minute that was not looked at yet; the same as `now` unless minutes were missed. */
  readonly from: bigint;
  /** The minute that has begun. */
  readonly now: bigint;
}

/** @returns the occurrence to serve, new or begun; undefined when the job rests */
export function dueOccurrence(job: JobState, minutes: DueMinutes, zone: Zone): bigint | undefined {
  // Before a late first one: with both, the legacy loses the one that is due right now.
  const next = isRecurring(job.type) ? nextRun({ ...job, now: minutes.from }, zone) : null;
  if (next !== null && next <= minutes.now) return next;
  const first = job.last === null ? firstOccurrence(job, minutes.now, zone) : null;
  if (first !== null && first <= minutes.now && minutes.now - first <= GRACE_SECONDS) return first;
  return job.last ?? undefined;
}

function firstOccurrence({ type, start, createdAt }: JobState, now: bigint, zone: Zone): bigint | null {
  if (type === 'immediately') return createdAt === 0n ? now : floorToMinute(createdAt);
  return minuteOrNull(start) ?? nextRun({ type, start, last: null, now }, zone);
}
