/** What is known of how a row compares: the counts that the gate judges and operators read. Types only. */
import type { Side } from '../../side.js';
import type { CallerKind, DifferenceKind, Verdict } from '../comparison.js';

/**
 * What evidence is about. Evidence of one subject says nothing of another: it begins anew when the side that answers
 * clients, the rules of comparing, or the engine's build changes.
 */
export interface EvidenceSubject {
  readonly row: string;
  /** The side that answers the clients whose requests are compared. */
  readonly answeredBy: Side;
  /** Digest of the row's rules of comparing. */
  readonly rules: string;
  /** Digest of the engine's code, or `unknown` where the engine can't be asked. */
  readonly build: string;
}

/** The time for which a subject stayed the same. */
export interface EvidencePeriod extends EvidenceSubject {
  readonly id: number;
  /** ISO 8601, UTC: the first and the newest comparison. */
  readonly startedAt: string;
  readonly lastAt: string;
}

export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** `2xx` and so on: of the answer that the client got. */
export type StatusClass = `${1 | 2 | 3 | 4 | 5}xx`;

/** One cell of the coverage ledger. */
export interface CoverageCell<T extends string> {
  readonly value: T;
  /** Conclusive comparisons in the period. */
  readonly compared: number;
  readonly mismatches: number;
  /** Met within the time that evidence is kept for, compared or not. */
  readonly seen: number;
}

/** Mismatches of one kind at one place. One comparison may count in several. */
export interface MismatchGroup {
  readonly kind: DifferenceKind;
  /** Generalised: indices and keys of rows are `[*]`. */
  readonly path: string;
  readonly count: number;
  /** Id of the newest kept comparison with it; null when none is kept. */
  readonly newest: number | null;
  readonly lastAt: string;
}

/** Milliseconds; null while nothing was measured. Read from a histogram: within 5 % of the truth. */
export interface LatencySummary {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

/** How often differences were passed over. */
export interface PassedCount {
  readonly by: 'equivalence' | 'rule' | 'noise';
  readonly rule: string;
  readonly count: number;
  readonly lastAt: string;
}

/** What comparisons could not look at. */
export interface UnseenCount {
  readonly what: string;
  readonly count: number;
}

export interface ReasonCount {
  readonly reason: string;
  readonly count: number;
}

/** What one row's evidence is, in the period in force. */
export interface Evidence {
  readonly row: string;
  /** Undefined when nothing was compared under the row's stage, rules and build as they are now. */
  readonly period: EvidencePeriod | undefined;
  readonly counts: VerdictCounts;
  readonly inconclusive: readonly ReasonCount[];
  /** Of the `ignored` ones: those in which something was passed over as noise. */
  readonly noisy: number;
  /** What could not be looked at, in words, and in how many comparisons; most first. */
  readonly unseen: readonly UnseenCount[];
  readonly statuses: readonly CoverageCell<StatusClass>[];
  readonly callers: readonly CoverageCell<CallerKind>[];
  /** Parameter shapes, most compared first; those beyond the bound count as `other`. */
  readonly shapes: readonly CoverageCell<string>[];
  /** Most frequent first. Where the evidence of many rows is asked for at once, each row's first hundred. */
  readonly mismatches: readonly MismatchGroup[];
  /** Differences by kind, at all places; one comparison may count in several. */
  readonly mismatchesByKind: Readonly<Partial<Record<DifferenceKind, number>>>;
  readonly latency: Readonly<Record<Side, LatencySummary>>;
  readonly passed: readonly PassedCount[];
  /** Requests that were to be compared and were not, since the period began. */
  readonly drops: readonly ReasonCount[];
  /** Periods that ended, newest first. */
  readonly earlier: readonly (EvidencePeriod & { readonly counts: VerdictCounts })[];
}
