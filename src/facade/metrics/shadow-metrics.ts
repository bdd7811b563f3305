import type { Verdict } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';

/** What shadowing counts. Rows are named by id. */
export interface ShadowMetrics {
  compared(row: string, verdict: Verdict): void;
  comparisonDropped(row: string, reason: DropReason): void;
  /** @param seconds that the client's request waited for the dry run */
  dryRunFinished(outcome: DryRunOutcome, seconds: number): void;
}

/** `given_up`: the request went on without it. */
export type DryRunOutcome = 'answered' | 'failed' | 'unable' | 'given_up';

/** How busy shadowing is now. */
export interface ShadowState {
  /** Copies that wait for their turn. */
  readonly waiting: number;
  /** Copies and dry runs under way. */
  readonly underWay: number;
  /** Comparisons that wait to be made. */
  readonly uncompared: number;
  readonly bufferedBytes: number;
  /** Share of sampled requests that is let through, 0 to 1. */
  readonly share: number;
}
