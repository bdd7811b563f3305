/** The guard as operators are shown it. Types only. */
import type { Stage } from '../table/stage.js';
import type { GuardCause, RequestCounts, WindowCounts } from './guard-judgement.js';

export interface GuardedRow {
  readonly row: string;
  /** What would be moved: the row, or its group. */
  readonly target: string;
  readonly stage: Stage;
  /** False: `guard: off`. */
  readonly on: boolean;
  readonly window: WindowCounts;
  readonly limits: {
    readonly windowMs: number;
    readonly minRequests: number;
    readonly errorRate: number;
    readonly timeoutRate: number;
    readonly mismatchRate: number;
    readonly holdDownMs: number;
  };
  /** Of the row while the legacy answered it. */
  readonly legacy: RequestCounts;
  /** Why it can't be moved back though it should; times are ISO 8601, UTC. */
  readonly blocked: { readonly since: string; readonly reason: string } | null;
}

export interface ShownHold {
  readonly target: string;
  readonly row: string;
  readonly cause: GuardCause;
  readonly evidence: string;
  readonly from: string;
  readonly to: string;
  /** ISO 8601, UTC. */
  readonly movedAt: string;
  readonly until: string;
}

export interface GuardView {
  /** Rows at `canary`, `verify` and `engine`. */
  readonly rows: readonly GuardedRow[];
  readonly holds: readonly ShownHold[];
}

/** For metrics: how the guard stands to a row. */
export type GuardState = 'watching' | 'held' | 'blocked';
