/** What the gate says of a row. Types only; see judge-row.ts. */
import type { Stage } from '../../table/stage.js';

/** One condition of the gate. */
export interface GateCheck {
  readonly name: GateCheckName;
  readonly ok: boolean;
  /** For a person: what was found and what is needed. */
  readonly text: string;
}

export type GateCheckName =
  /** Enough conclusive comparisons. */
  | 'minimum'
  /** The upper bound of the mismatch rate is below the limit. */
  | 'mismatch-rate'
  /** Every status class that the row answers was compared often enough. */
  | 'statuses'
  /** The engine has answered enough clients at this stage. */
  | 'served'
  /** Every kind of caller that was seen was compared. */
  | 'callers'
  /** The engine is not too slow. */
  | 'latency'
  /** The engine seldom failed to say anything: timeouts, no connection, an open breaker, a busy database, 503. */
  | 'engine-failures'
  /** Few enough comparisons say nothing. */
  | 'inconclusive'
  /** Few enough comparisons agree only because the legacy does not agree with itself. */
  | 'noise'
  /** The guard did not move the row back with the engine that runs now. */
  | 'guard'
  /** Every ignore rule has an owner and has not expired. */
  | 'ignore-rules';

export interface GateVerdict {
  readonly row: string;
  /** Where the row would go; undefined at `retired`. */
  readonly next: Stage | undefined;
  readonly ready: boolean;
  /** Empty where the step needs no evidence. */
  readonly checks: readonly GateCheck[];
  /** The texts of the checks that failed. */
  readonly missing: readonly string[];
  /** What the operator should know besides: drops, server errors that were not compared, what could not be seen. */
  readonly notes: readonly string[];
}
