import type { RequestKind } from '../comparing/comparison.js';
import type { Override } from '../override/override.js';
import type { Side } from '../side.js';
import type { RouteRow } from '../table/table-snapshot.js';

/** Which other side gets a sampled copy to be compared, and as what. */
export interface CopyPlan {
  readonly to: Side;
  /** A write goes to the engine alone, as a dry run before the legacy executes it. */
  readonly kind: RequestKind;
  /** Percentage of requests, of the row. */
  readonly percent: number;
  /** Only this setting's share of that percentage: `shadow.wayBackPercent`. */
  readonly wayBack: boolean;
}

/** Who serves one request and why: a value, made before anything is sent (`facade explain` prints the same). */
export interface Decision {
  readonly row: RouteRow;
  /** Version of the table the request was matched against. */
  readonly tableVersion: number;
  readonly side: Side;
  /** One English sentence for a person. */
  readonly reason: string;
  /** The override that named the side, whatever the stage; the request then counts for nothing that rows are judged by. */
  readonly override: Override | undefined;
  /** True when the legacy may answer in the engine's place (see `Pipeline`, step 6 of DESIGN). */
  readonly mayFallBack: boolean;
  /** Undefined where the stage compares nothing of this request. */
  readonly copy: CopyPlan | undefined;
}
