/** The live migration table: one frozen snapshot at a time, swapped whole. Interface; see open-migration-table.ts. */

import type { Position } from './stage.js';
import type { CohortKey, TableSnapshot } from './table-snapshot.js';

/** A wish to move a row, a group, `sockets` or `default` to a stage, or to give a background task or a job to a side. */
export interface FlipRequest {
  /** Id of a route or of a group, `event:NAME`, `sockets`, `default`, `background:NAME` or `background:scheduler/JOB`. A row that is in a group flips with its group: naming it alone is refused. */
  readonly target: string;
  /** Further targets, which go to the same stage in the same version. Rules are asked of the outcome, not of each by itself. */
  readonly also?: readonly string[];
  readonly stage: Position;
  /** Needed for `canary` unless the row already has one; refused otherwise. 0 to 100. */
  readonly percent?: number;
  readonly by?: CohortKey;
  /** Reason, for the audit. Not blank. */
  readonly why: string;
  /** Who asks, for the audit: a person's or program's name. */
  readonly who: string;
  /** Also while the guard holds the row back; see `held_down`. */
  readonly force?: boolean;
  /** Version that the wish is about: refused with `table_moved` when another one is in force by then. */
  readonly ifVersion?: number;
}

/** A wish to have an earlier version again. */
export interface RollbackRequest extends Pick<FlipRequest, 'why' | 'who' | 'force'> {
  /** Default: the version before the one in force. */
  readonly to?: number;
}

/** A wish to have differences at a path of a row's comparisons count no longer. */
export interface IgnoreRequest extends Pick<FlipRequest, 'who'> {
  /** Id of a row or group, or `default`. */
  readonly target: string;
  /** A path pattern, such as `body.devices[*].last_seen`. */
  readonly path: string;
  /** Reason, for the rule and for the audit. */
  readonly why: string;
  /** Who answers for the rule. */
  readonly owner: string;
  /** Day from which on it does not apply, still to come: `2027-01-31`. */
  readonly expires: string;
}

/** A wish to have a row let in others than it does, or another profile in force. */
export interface AccessRequest extends Pick<FlipRequest, 'why' | 'who'> {
  /** Id of a row, `default`, or `profile`. */
  readonly target: string;
  /** A class of access; for `profile`, its name. */
  readonly access: string;
}

/** One row that a new version changed, told by id. */
export interface StageChange {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** One kept version of the table. */
export interface TableVersion {
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly who: string;
  readonly why: string;
  /** `flip`, `rollback`, `edit` (the file changed on disk) or `start`. */
  readonly cause: 'flip' | 'rollback' | 'edit' | 'start';
  readonly changes: readonly StageChange[];
  /** Unified line difference to the version before. */
  readonly diff: string;
  readonly digest: string;
}

/** A problem found in a table file. */
export interface TableProblem {
  readonly file: string;
  /** 1-based; 0 when the problem has no line of its own. */
  readonly line: number;
  /** Path of the field, such as `routes[3].canary.percent`. */
  readonly field: string;
  /** What was expected, and what was found. */
  readonly message: string;
}

export interface MigrationTableStore {
  /** The table in force. Cheap: one property read. */
  current(): TableSnapshot;
  /** Why the file on disk is not in force; undefined when it is. */
  rejected(): { readonly problems: readonly TableProblem[]; readonly since: string } | undefined;
  /** Called after each swap. Returns the function that stops the calls. */
  onChange(listener: (next: TableSnapshot, previous: TableSnapshot) => void): () => void;
  /** Rewrites the file, keeps the version, swaps the snapshot. Nothing changes when it rejects (a `TableError` with a code). */
  flip(request: FlipRequest): Promise<TableVersion>;
  /** Several flips as one version: all of them or none. Each must be possible after those before it. */
  flipTogether(
    moves: readonly Pick<FlipRequest, 'target' | 'stage'>[],
    by: Pick<FlipRequest, 'why' | 'who'>,
  ): Promise<TableVersion>;
  /** Adds an ignore rule to a row, a group or the defaults, as a new version. */
  ignore(request: IgnoreRequest): Promise<TableVersion>;
  /** Writes whom a row lets in, or the profile, as a new version. */
  setAccess(request: AccessRequest): Promise<TableVersion>;
  /** What `flip` would change, without doing it. */
  preview(request: FlipRequest): { readonly changes: readonly StageChange[]; readonly diff: string };
  /** Restores the version before the one in force, or the named one, as a new version. */
  rollback(request: RollbackRequest): Promise<TableVersion>;
  /** Newest first. */
  versions(limit: number): readonly TableVersion[];
  close(): Promise<void>;
}
