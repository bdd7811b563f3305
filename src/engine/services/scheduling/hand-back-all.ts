/** Gives every job back to the legacy at once, whether its minute was served or not: for when the engine can't be started any more. */
import type { UnitOfWork } from '../../repositories/unit-of-work.js';

export interface HandedBackAll {
  readonly jobs: number;
  /** The last minute that the engine ticked for, in epoch seconds; null when it never did. */
  readonly lastMinute: bigint | null;
}

/** @throws EngineError those of the database, and then nothing has changed */
export function handBackAll(unitOfWork: UnitOfWork): Promise<HandedBackAll> {
  return unitOfWork.write(async ({ jobOwners }) => {
    const { lastMinute } = await jobOwners.find();
    await jobOwners.take({ owner: 'legacy', jobs: {} }, 0n);
    return { jobs: await jobOwners.handBack(await jobOwners.listOwned()), lastMinute };
  });
}
