/** What the admin API asks of comparing. Types only; `ComparisonStore` and the replay stand behind it. */
import type { GateVerdict } from '../comparing/gate/gate-verdict.js';
import type { ReplayReport } from '../comparing/replay/replay-pairs.js';
import type { StoreHealth } from '../comparing/store/comparison-store.js';
import type { Evidence } from '../comparing/store/evidence.js';
import type { PairFilter, PairSummary, StoredPair } from '../comparing/store/kept-pair.js';
import type { RouteRow } from '../table/table-snapshot.js';

export interface AdminComparisons {
  health(): StoreHealth;
  /** Of every row of the table in force, the default row last. */
  evidence(): Promise<readonly Evidence[]>;
  /** Undefined for a row that the table does not have. */
  evidenceOf(rowId: string): Promise<Evidence | undefined>;
  judge(row: RouteRow, evidence: Evidence): GateVerdict;
  pairs(filter: PairFilter): Promise<readonly PairSummary[]>;
  wholePairs(filter: PairFilter): Promise<readonly StoredPair[]>;
  pair(id: number): Promise<StoredPair | undefined>;
  /** Undefined when the engine takes no dry runs: it is switched off, or reached by URL. Ends early when the signal aborts. */
  readonly replay: ((pairs: readonly PairSummary[], signal: AbortSignal) => Promise<ReplayReport>) | undefined;
}
