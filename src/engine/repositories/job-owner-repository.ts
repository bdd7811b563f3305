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
  /** Owned jobs that are missing since now: forgotten only after a day, for their table may be in the making. */
  readonly gone: number;
}

export interface Looked {
  readonly minute: bigint;
  /** Jobs that are no longer new. */
  readonly jobIds: readonly bigint[];
  /** Jobs that could not be looked at, each with the first minute that is to be made up for. */
  readonly behind: ReadonlyMap<bigint, bigint>;
}

export interface JobOwnerRepository {
  /** Also on a file without the engine's tables: nothing is owned there. */
  find(): Promise<SchedulerRow>;
  /** By id; without those whose job is missing. */
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
  /** Whether jobs are wished to go back since this moment or longer, whichever process was told so. */
  isOverdue(since: bigint): Promise<boolean>;
  /**
   * Notes a tick that begins with such jobs.
   * @returns those that no further tick should be waited for: ticks in a row died, or came to their end and left them
   */
  listStuck(since: bigint): Promise<readonly bigint[]>;
  /** The engine has ticked. */
  ticked(looked: Looked): Promise<void>;
}
