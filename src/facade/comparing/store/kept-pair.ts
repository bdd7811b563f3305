/** One comparison kept whole, without secrets: what `facade show` shows and `facade replay` repeats. Types only. */
import type { Effects } from '../../../legacy-bridge/effects/effects.js';
import type { Side } from '../../side.js';
import type { Stage } from '../../table/stage.js';
import type { ComparisonKind, ComparisonResult, ObservedEffects, Verdict } from '../comparison.js';
import type { RedactedAnswer, RedactedRequest } from '../redaction/redactor.js';
import type { CallerIdentity } from '../replay/caller-identity.js';

export type KeptOutcome =
  | { readonly outcome: 'answered'; readonly answer: RedactedAnswer; readonly ms: number }
  | { readonly outcome: 'failed'; readonly code: string; readonly ms: number };

export interface KeptPair {
  readonly request: RedactedRequest;
  readonly stage: Stage;
  readonly kind: ComparisonKind;
  readonly answeredBy: Side;
  readonly legacy: KeptOutcome;
  readonly engine: KeptOutcome;
  /** Null for a read, and where they were too large to be kept. */
  readonly effects: { readonly legacy: ObservedEffects; readonly engine: Effects } | null;
  readonly result: ComparisonResult;
  /** Who called, by name and not by secret; null for nobody known. */
  readonly identity: CallerIdentity | null;
  /** Why the request can't be sent again; null when it can. */
  readonly notReplayable: string | null;
  /** What was left out for its size, in words. */
  readonly leftOut: readonly string[];
}

/** A pair in a list. */
export interface PairSummary {
  readonly id: number;
  readonly row: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly verdict: Verdict;
  readonly method: string;
  readonly target: string;
  /** That the client got; 0 where there was none. */
  readonly status: number;
  readonly differences: readonly { readonly kind: string; readonly path: string }[];
}

export interface StoredPair extends PairSummary {
  readonly pair: KeptPair;
}

export interface PairFilter {
  readonly row?: string | undefined;
  readonly verdict?: Verdict | undefined;
  /** General path, or the beginning of one. */
  readonly path?: string | undefined;
  /** Only pairs with ids above; oldest first then. */
  readonly after?: number | undefined;
  readonly limit: number;
}
