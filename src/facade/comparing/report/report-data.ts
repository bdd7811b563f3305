/** What a report for a change review is made of. Types only. */
import type { GateVerdict } from '../gate/gate-verdict.js';
import type { ComparisonSummary } from '../store/comparison-summary.js';
import type { Evidence, EvidencePeriod } from '../store/evidence.js';
import type { StoredPair } from '../store/kept-pair.js';

export interface ReportRow {
  readonly summary: ComparisonSummary;
  readonly evidence: Omit<Evidence, 'period'> & { readonly period: EvidencePeriod | null };
  readonly gate: GateVerdict;
  /** One kept comparison for each of the most frequent mismatches. */
  readonly examples: readonly StoredPair[];
}

export interface ReportData {
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly madeBy: string;
  readonly facadeVersion: string;
  readonly tableVersion: number;
  readonly rows: readonly ReportRow[];
}
