/** Where comparisons go when they are made. The store implements it; the data path calls it. */
import type { ComparisonInput, ComparisonResult } from './comparison.js';
import type { DropReason } from './drop-reason.js';

/** Called off the path of any request. Must not throw, must not wait for a disk, must not keep `input` for long. */
export interface ComparisonSink {
  record(input: ComparisonInput, result: ComparisonResult): void;
  /** A sampled request was not compared. */
  dropped(rowId: string, reason: DropReason): void;
}
