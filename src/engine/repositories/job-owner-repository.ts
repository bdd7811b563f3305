/** Which scheduled jobs are the engine's. All but `find` and the lists belong into a transaction. Times are epoch seconds. */
import type { SchedulerOwner, SchedulerWish } from '../../legacy-bridge/scheduler/scheduler-protocol.js';

export interface SchedulerRow {
  /** Of jobs that are yet to be made. */
  readonly owner: SchedulerOwner;
  readonly lastMinute: bigint | null;
  readonly ownedJobs: number;
}

export interface Taken {
  readonly jobs: number;
  /** Triggers that were missing, or another release's. */
  readonly triggers: readonly string[];
  /** Owned jobs that somebody had enabled while there was no trigger: their new value is kept. */
  readonly strays: number;
}

export interface JobOwnerRepository {
  /** Also on a file without the engine's tables: nothing is owned there. */
  find(): Promise<SchedulerRow>;
  /** By id. */
  listOwned(): Promise<readonly bigint[]>;
  /**
   * Makes the engine's whatever is wished to be and is not, and sees to tables and triggers. What is wished to be the legacy's stays as
   * it is. Does nothing where nothing is wished and nothing owned.
   */
  take(wish: SchedulerWish, now: bigint): Promise<Taken>;
  /** Those of these jobs that are the engine's. With the last one the triggers go, unless jobs that are yet to be made are its own. */
  handBack(jobIds: readonly bigint[]): Promise<number>;
  /** Those that no tick of the engine has looked at since they were taken. */
  listNew(): Promise<readonly bigint[]>;
  /** @param minute that the engine has ticked for @param jobIds jobs that are no longer new */
  ticked(minute: bigint, jobIds: readonly bigint[]): Promise<void>;
}
