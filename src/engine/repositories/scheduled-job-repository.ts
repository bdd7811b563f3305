/** Rows of `scheduled_jobs`. Times are epoch seconds. `use_service_account` belongs to later builds of the legacy: never written. */
import type { SchedulerOwner } from '../../legacy-bridge/scheduler/scheduler-protocol.js';

export interface ScheduledJobRow {
  readonly id: bigint;
  readonly name: string;
  /** JSON as stored; empty when there is none. */
  readonly components: string;
  readonly targets: string;
  readonly scheduleType: string;
  readonly start: bigint | null;
  readonly stopAfter: boolean;
  readonly expiration: string;
  readonly executionContext: string;
  readonly credentialId: bigint | null;
  /** As operators mean it, whichever scheduler owns the job. Whether it is true at all; only a 1 lets a job run. */
  readonly enabled: boolean;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
}

/** Columns to write; JSON as it is stored. */
export type ScheduledJobColumns = Omit<ScheduledJobRow, 'id' | 'createdAt' | 'updatedAt'>;

/** A job with its owner. */
export interface OwnedJobRow extends ScheduledJobRow {
  readonly owner: SchedulerOwner;
  /** Since when it is the engine's, in epoch seconds; null for the legacy's, and for those that the engine owned from their making on. */
  readonly ownedSince: bigint | null;
  /** Whether no tick of the engine has looked at it since it was taken. */
  readonly isNew: boolean;
  /** The first minute that could not be looked at; null when the last tick looked at it. */
  readonly behindSince: bigint | null;
}

export interface ScheduledJobRepository {
  /** Newest first, rows without a time of creation last, equal ones by id. */
  list(): Promise<readonly ScheduledJobRow[]>;
  /** This owner's that may run (`enabled` is 1), by id, beyond this id. */
  listRunnable(owner: SchedulerOwner, afterId: bigint, most: number): Promise<readonly OwnedJobRow[]>;
  /** Expirations of the engine's jobs that have any, run or not, by id, beyond this id. */
  listExpirations(afterId: bigint, most: number): Promise<readonly Pick<ScheduledJobRow, 'id' | 'expiration'>[]>;
  /** All, by id, beyond this id. */
  listOwners(afterId: bigint, most: number): Promise<readonly OwnedJobRow[]>;
  find(id: bigint): Promise<ScheduledJobRow | undefined>;
  /** @returns its id */
  insert(columns: ScheduledJobColumns, now: bigint): Promise<bigint>;
  /** @returns whether there is such a job */
  change(id: bigint, columns: Partial<ScheduledJobColumns>, now: bigint): Promise<boolean>;
  /** The job alone: its runs stay. @returns whether there was one */
  delete(id: bigint): Promise<boolean>;
}
