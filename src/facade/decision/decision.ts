import type { Side } from '../side.js';
import type { RouteRow } from '../table/table-snapshot.js';

/** Who serves one request and why: a value, made before anything is sent (`facade explain` prints the same). */
export interface Decision {
  readonly row: RouteRow;
  /** Version of the table the request was matched against. */
  readonly tableVersion: number;
  readonly side: Side;
  /** One English sentence for a person. */
  readonly reason: string;
  /** True when the legacy may answer in the engine's place (see `Pipeline`, step 6 of DESIGN). */
  readonly mayFallBack: boolean;
}
