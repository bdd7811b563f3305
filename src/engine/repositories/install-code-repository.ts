/**
 * Rows of `enrollment_install_codes`, and of `enrollment_install_codes_persistent`, which keeps a copy of each for good.
 * Every change of a code is written to its copy too.
 */

export interface InstallCodeRow {
  readonly id: string;
  readonly code: string;
  /** ISO text as stored. */
  readonly expiresAt: string;
  readonly createdByUserId: string | null;
  readonly usedAt: string | null;
  /** The device that used it last. */
  readonly usedByGuid: string | null;
  /** Digits; other texts are possible, and null. */
  readonly maxUses: string | null;
  /** As `maxUses`. */
  readonly useCount: string | null;
  readonly lastUsedAt: string | null;
}

export interface NewInstallCode {
  readonly id: string;
  readonly code: string;
  readonly expiresAt: string;
  readonly createdByUserId: string;
  readonly maxUses: number;
}

/** One more device let in by a code. */
export interface CodeUse {
  /** Uses so far, this one included. */
  readonly useCount: bigint;
  /** Whether it was the last. */
  readonly consumed: boolean;
  readonly guid: string;
}

/**
 * `active`: uses left and not expired. `expired`: uses left, but too late. `used`: none left.
 */
export type InstallCodeFilter = 'active' | 'expired' | 'used' | 'all';

/** Times are ISO texts as `isoUtc` writes them: they are compared as text. */
export interface InstallCodeRepository {
  /** Exactly this code. */
  findByCode(code: string): Promise<InstallCodeRow | undefined>;
  findById(id: string): Promise<InstallCodeRow | undefined>;
  /** What the copy says, as `maxUses`; null when there is none. */
  maxUsesOfCopy(id: string): Promise<string | null>;
  /** By `expires_at`. */
  list(filter: InstallCodeFilter, now: string): Promise<readonly InstallCodeRow[]>;
  /** The code and its copy. */
  insert(code: NewInstallCode, now: string): Promise<void>;
  /**
   * Deletes a code that was never used; its copy stays, archived.
   * @returns false when there is none, or it was used
   */
  deleteUnused(id: string, now: string): Promise<boolean>;
  /** Counts a use, in the copy too; in the copy alone when the code is gone. */
  recordUse(id: string, use: CodeUse, now: string): Promise<void>;
  /**
   * Deletes codes that expired without a use; their copies stay, archived.
   * @returns how many
   */
  deleteExpiredUnused(now: string): Promise<number>;
}
