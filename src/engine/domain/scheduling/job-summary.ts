/** What a job's latest occurrence comes to (scheduler 2). */
import type { ResultCounts } from './scheduled-job.js';

/** Rows by status, exactly as stored. */
export type StatusCounts = ReadonlyMap<string, number>;

const SHOWN_STATUSES = ['Running', 'Timed Out', 'Expired', 'Success'];

/** The first of these that any run has; `Failed` and other words do not show. */
export function lastStatus(statuses: StatusCounts, start: bigint | null): string {
  const shown = SHOWN_STATUSES.find((status) => statuses.has(status));
  return shown ?? (start === null || start === 0n ? '' : 'Scheduled');
}

/** @param occurred whether there is an occurrence at all: before it nothing is pending */
export function resultCounts(statuses: StatusCounts, totalTargets: number, occurred: boolean): ResultCounts {
  const of = (status: string): number => statuses.get(status) ?? 0;
  const counts = {
    running: of('Running'),
    success: of('Success'),
    failed: of('Failed'),
    expired: of('Expired'),
    timedOut: of('Timed Out'),
  };
  const known = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { ...counts, pending: occurred ? Math.max(0, totalTargets - known) : 0, totalTargets };
}
