/**
 * Which occurrence of a job the legacy's tick serves, its faults included (scheduler 7.3; F5 to F8, F10): for what is compared and
 * shown. Nothing is dispatched by it.
 */
import type { JobState } from './due-occurrence.js';
import { legacyNextRun } from './legacy-next-run.js';
import { floorToMinute, minuteOrNull } from './next-run.js';
import type { Zone } from './zone.js';

/** What a first run may be late by. */
const GRACE_SECONDS = 300n;

/** What has become of the latest occurrence. */
export interface OccurrenceProgress {
  /** Targets, those named twice counted twice. */
  readonly targets: number;
  /** Distinct hosts whose run ended with `Success`, `Expired` or `Timed Out`. */
  readonly ended: number;
}

export type LegacyReading =
  | { readonly occurrence: bigint }
  /** `missed`: its only, or its first, moment has passed. */
  | { readonly occurrence: undefined; readonly rests: 'not_due' | 'missed' | 'never' };

/** @param minute that has begun */
export function legacyDueOccurrence(
  job: JobState,
  { targets, ended }: OccurrenceProgress,
  minute: bigint,
  zone: Zone,
): LegacyReading {
  const { type, start, last, createdAt } = job;
  if (last === null) {
    const first = type === 'immediately' ? floorToMinute(createdAt || minute) : firstStart(job, minute, zone);
    if (first === null) return { occurrence: undefined, rests: 'never' };
    if (first > minute) return { occurrence: undefined, rests: 'not_due' };
    return minute - first <= GRACE_SECONDS ? { occurrence: first } : { occurrence: undefined, rests: 'missed' };
  }
  if (ended < Math.max(1, targets)) return { occurrence: last };
  const next = legacyNextRun({ type, start, last, now: minute }, zone);
  if (next === null) return { occurrence: undefined, rests: 'never' };
  return next <= minute && minute - next <= GRACE_SECONDS
    ? { occurrence: next }
    : { occurrence: undefined, rests: 'not_due' };
}

function firstStart({ type, start }: JobState, minute: bigint, zone: Zone): bigint | null {
  return minuteOrNull(start) ?? legacyNextRun({ type, start, last: null, now: minute }, zone);
}
