/** Gives every job back to the legacy at once, whether its minute was served or not: for when the engine can't be started any more. */
import type { UnitOfWork } from '../../repositories/unit-of-work.js';
import { restingJobs } from './resting-jobs.js';

export interface HandedBackAll {
  readonly jobs: number;
  /** The last minute that the engine ticked for, in epoch seconds; null when it never did. */
  readonly lastMinute: bigint | null;
  /** Jobs that rest at the legacy for good. */
  readonly resting: readonly bigint[];
}

/** @param now epoch seconds @throws EngineError those of the database, and then nothing has changed */
export async function handBackAll(unitOfWork: UnitOfWork, now: bigint): Promise<HandedBackAll> {
  const { ids, ...done } = await unitOfWork.write(async ({ jobOwners, scheduledRuns }) => {
    const { lastMinute } = await jobOwners.find();
    await jobOwners.take({ owner: 'legacy', jobs: {} }, now);
    const ids = await jobOwners.listOwned();
    if (ids.length > 0) await scheduledRuns.endRefusals(ids, now);
    return { ids, jobs: await jobOwners.handBack(ids), lastMinute };
  });
  return { ...done, resting: await restingJobs(ids, now, unitOfWork) };
}
