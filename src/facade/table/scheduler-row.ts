/** The scheduler's entry of a table in force: who runs which job. Pure. */
import type { Side } from '../side.js';
import { SCHEDULER } from './background-tasks.js';
import type { BackgroundRow, TableSnapshot } from './table-snapshot.js';

/** @throws TypeError for a table that was not built by `buildTableSnapshot`, which names every task */
export function schedulerOf({ background }: Pick<TableSnapshot, 'background'>): BackgroundRow {
  const row = background.find(({ name }) => name === SCHEDULER);
  if (row === undefined) throw new TypeError('a table without its scheduler');
  return row;
}

export function ownerOfJob({ jobs, owner }: Pick<BackgroundRow, 'jobs' | 'owner'>, id: string | number): Side {
  return jobs[String(id)] ?? owner;
}

/** Whether the engine runs any job, or would run a new one. */
export function engineSchedules({ jobs, owner }: Pick<BackgroundRow, 'jobs' | 'owner'>): boolean {
  return owner === 'engine' || Object.values(jobs).includes('engine');
}
