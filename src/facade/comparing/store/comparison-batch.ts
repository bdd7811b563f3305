/** What a second of comparing adds to facade.db, added up: the form in which it goes to the store's worker. Plain data. */
import type { Side } from '../../side.js';
import type { CallerKind, DifferenceKind, PassUse, RequestKind, Verdict } from '../comparison.js';
import type { EvidenceSubject } from './evidence.js';

export interface CellCount {
  readonly verdict: Verdict;
  /** Of an inconclusive comparison; `noise` of an ignored one in which noise was passed over; empty for others. */
  readonly reason: string;
  /** Status class of the client's answer; `none` where there was none. */
  readonly status: string;
  readonly caller: CallerKind;
  count: number;
}

/** Apart from the other cells, since there can be many shapes. */
export interface ShapeCount {
  readonly shape: string;
  readonly verdict: Verdict;
  count: number;
}

export interface DifferenceCount {
  readonly kind: DifferenceKind;
  readonly path: string;
  count: number;
  lastAt: number;
}

export interface LatencyCount {
  readonly side: Side;
  readonly bucket: number;
  count: number;
}

export interface PassCount extends Omit<PassUse, 'count'> {
  count: number;
  lastAt: number;
}

/** What comparisons could not look at. */
export interface UnseenWordCount {
  readonly what: string;
  count: number;
  lastAt: number;
}

export interface DropCount {
  readonly row: string;
  readonly reason: string;
  /** Of the time after which an engine was given up; undefined for other drops. */
  readonly engineBucket: number | undefined;
  count: number;
  lastAt: number;
}

/** Reads apart from writes: where the engine answers, only reads are compared, and only what reads show is asked for. */
export type SeenWhat = `${RequestKind}-${'status' | 'caller'}`;

export interface SeenCount {
  readonly row: string;
  readonly what: SeenWhat;
  readonly value: string;
  count: number;
  lastAt: number;
}

/** A comparison to be kept whole. Redacted. */
export interface NewPair {
  readonly at: number;
  readonly verdict: Verdict;
  /** Same for comparisons that differ in the same places and ways. */
  readonly signature: string;
  readonly method: string;
  readonly target: string;
  /** That the client got; 0 where there was none. */
  readonly status: number;
  readonly differences: readonly { readonly kind: DifferenceKind; readonly path: string }[];
  /** JSON of a `KeptPair`. */
  readonly document: string;
}

/** Of one subject. */
export interface SubjectBatch {
  readonly subject: EvidenceSubject;
  /** The subject is what the row's stage, rules and build are now; otherwise these are late arrivals of an earlier one. */
  readonly current: boolean;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly cells: readonly CellCount[];
  readonly shapes: readonly ShapeCount[];
  readonly differences: readonly DifferenceCount[];
  readonly latencies: readonly LatencyCount[];
  readonly passes: readonly PassCount[];
  readonly unseen: readonly UnseenWordCount[];
  readonly pairs: readonly NewPair[];
}

export interface ComparisonBatch {
  readonly subjects: readonly SubjectBatch[];
  readonly drops: readonly DropCount[];
  readonly seen: readonly SeenCount[];
}
