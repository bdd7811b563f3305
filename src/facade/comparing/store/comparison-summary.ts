/** One row's evidence in short: what `facade compare`, the admin API's list and reports show. Pure. */
import type { Side } from '../../side.js';
import type { Stage } from '../../table/stage.js';
import type { RouteRow } from '../../table/table-snapshot.js';
import type { DifferenceKind } from '../comparison.js';
import type { GateVerdict } from '../gate/gate-verdict.js';
import { conclusive } from '../gate/judge-row.js';
import { clopperPearson } from '../gate/share-intervals.js';
import type { Evidence, EvidencePeriod, LatencySummary, ReasonCount, VerdictCounts } from './evidence.js';

export interface ComparisonSummary {
  readonly row: string;
  readonly group: string | null;
  readonly stage: Stage;
  /** Where the row would go; null at `retired`. */
  readonly next: Stage | null;
  /** Null while nothing was compared under stage, rules and build as they are. */
  readonly period: EvidencePeriod | null;
  readonly counts: VerdictCounts;
  /** Comparisons that say whether the sides agree. */
  readonly conclusive: number;
  /** Share of those that do, 0 to 1, with its 95 % interval (Clopper-Pearson); null for none. */
  readonly matchRate: { readonly share: number; readonly low: number; readonly high: number } | null;
  /** Differences by kind; one comparison may count in several. */
  readonly mismatchesByKind: Readonly<Partial<Record<DifferenceKind, number>>>;
  /** How many of what was seen was compared. */
  readonly coverage: {
    readonly statuses: readonly [compared: number, seen: number];
    readonly callers: readonly [compared: number, seen: number];
    readonly shapes: number;
  };
  readonly latency: Readonly<Record<Side, LatencySummary>>;
  readonly drops: readonly ReasonCount[];
  /** Periods that ended. */
  readonly earlierPeriods: number;
  readonly ready: boolean;
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

export function summarise(row: RouteRow, evidence: Evidence, gate: GateVerdict): ComparisonSummary {
  const { total, mismatches } = conclusive(evidence);
  return {
    row: row.id,
    group: row.group ?? null,
    stage: row.stage,
    next: gate.next ?? null,
    period: evidence.period ?? null,
    counts: evidence.counts,
    conclusive: total,
    matchRate: total === 0 ? null : matchRate(total - mismatches, total),
    mismatchesByKind: evidence.mismatchesByKind,
    coverage: {
      statuses: covered(evidence.statuses),
      callers: covered(evidence.callers),
      shapes: evidence.shapes.filter(({ compared }) => compared > 0).length,
    },
    latency: evidence.latency,
    drops: evidence.drops,
    earlierPeriods: evidence.earlier.length,
    ready: gate.ready,
    missing: gate.missing,
    notes: gate.notes,
  };
}

function matchRate(matches: number, total: number): NonNullable<ComparisonSummary['matchRate']> {
  return { share: matches / total, ...clopperPearson(matches, total) };
}

function covered(cells: readonly { readonly compared: number; readonly seen: number }[]): [number, number] {
  return [cells.filter(({ compared }) => compared > 0).length, cells.filter(({ seen }) => seen > 0).length];
}
