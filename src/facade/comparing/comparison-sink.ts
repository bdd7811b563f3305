/** Where comparisons go. Interface; `ComparisonStore` keeps them in facade.db. */
import type { ComparisonInput, ComparisonResult } from './comparison.js';

export interface ComparisonSink {
  /** Counts a comparison, and keeps its pair when that is worth it. Never throws and never waits: it is written later, elsewhere. */
  record(input: ComparisonInput, result: ComparisonResult): void;
  /**
   * Counts a request that was to be compared and was not.
   * @param reason a code from a small fixed set, such as `queue_full`
   * @param engineMs milliseconds after which an engine that had not answered was given up: it is at least that slow
   */
  dropped(rowId: string, reason: string, engineMs?: number): void;
}
