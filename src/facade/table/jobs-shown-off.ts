/**
 * What operators see of the engine's jobs where the legacy answers them: its own column says that they are off, and it can't know
 * better. Edits and toggles do what they say at either side. Pure.
 */
import { chooseRow } from '../listener/choose-row.js';
import { stageRank } from './stage.js';
import type { TableSnapshot } from './table-snapshot.js';

/** For operators. */
export const JOBS_SHOWN_OFF =
  "jobs of the engine show as disabled in the web pages, because the legacy answers them: move the routes of jobs too, they are right whoever's the jobs are";

/** @returns the row or group that lists the jobs, where the legacy answers it, if only for some; undefined where the engine does, and where the table has no such row */
export function rowThatShowsJobsOff(snapshot: TableSnapshot): string | undefined {
  const { row, choice } = chooseRow(snapshot, 'GET', '/api/scheduled_jobs');
  if (choice !== 'matched') return undefined;
  return stageRank(row.stage) < stageRank('verify') ? (row.group ?? row.id) : undefined;
}
