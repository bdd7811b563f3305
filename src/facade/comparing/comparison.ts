/** The values that comparing passes on from part to part: what was asked, what both sides did, and what came of it. */
import type { Effects } from '../../legacy-bridge/effects/effects.js';
import type { Side } from '../side.js';
import type { RouteRow } from '../table/table-snapshot.js';

/** Who called, as far as the request's own signed parts tell. A cell of the coverage ledger. */
export type CallerKind = 'anonymous' | 'device' | 'operator' | 'admin' | 'unrecognised';

/** A request that is compared. */
export interface ComparedRequest {
  /** Of the facade's own; the same on both sides. */
  readonly requestId: string;
  /** Epoch milliseconds, right before the first side was asked (not when a slow client began to send): clocks are judged by it. */
  readonly at: number;
  readonly row: RouteRow;
  readonly tableVersion: number;
  readonly method: string;
  /** Path with query, byte for byte as the client sent it. */
  readonly target: string;
  /** As they went to the sides: names in lower case, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly caller: CallerKind;
}

/** A side's whole answer. */
export interface CapturedAnswer {
  readonly status: number;
  /** Names in lower case, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** As sent, content encoding included. */
  readonly body: Buffer;
}

/** What came back from a side. */
export type SideOutcome =
  | { readonly outcome: 'answered'; readonly answer: CapturedAnswer; readonly ms: number }
  /**
   * `code` of a forward error: the side's own failures only; what the facade gave up is dropped, not compared. Of the engine also
   * `not_dry_runnable`: it declares that it can't dry-run this route.
   */
  | { readonly outcome: 'failed'; readonly code: string; readonly ms: number };

/** What the legacy did to the database and how sure that is. */
export interface ObservedEffects {
  readonly effects: Effects;
  /** Rows were changed by another request, or may have been, so that extra changes prove nothing. */
  readonly disturbed: boolean;
  /** Tables that were too large to be looked through whole: only the rows that the engine names were read. */
  readonly notSearched: readonly string[];
  /** `effects.events` is all that it emitted: seen where the facade bridges its sockets, or none on a route that emits none by contract. */
  readonly eventsSeen: boolean;
}

export type ComparisonKind =
  /** A safe request that both sides served. */
  | 'read'
  /** A write that the engine dry-ran and the legacy executed. */
  | 'write'
  /** What the scheduler did for one job in one tick. It is compared by rules of its own. */
  | 'tick';

/** Of what clients send. */
export type RequestKind = Exclude<ComparisonKind, 'tick'>;

/** All that one comparison is made of. */
export interface ComparisonInput {
  readonly request: ComparedRequest;
  readonly kind: ComparisonKind;
  /** The side whose answer went to the client. */
  readonly answeredBy: Side;
  readonly legacy: SideOutcome;
  readonly engine: SideOutcome;
  /** Of a write; undefined for a read. */
  readonly effects:
    | {
        readonly legacy: ObservedEffects;
        readonly engine: Effects;
        /** What the engine could not record of its dry run, in words. */
        readonly engineNotSeen?: readonly string[];
      }
    | undefined;
  /** Digest of the code of the engine that was asked, as known when it was; the store asks for that of now where it is missing. */
  readonly engineBuild?: string | undefined;
  /** Of a read: somebody wrote, or may have, between the first asking and the last answer. Default: nobody. */
  readonly disturbed?: boolean;
  /** Epoch milliseconds when the engine was asked, where that was not at `request.at`: of a replay, and of a read one of whose copies waited. */
  readonly engineAt?: number;
  /** Epoch milliseconds when the legacy was asked for a write: after the dry run, and after whatever the write had to wait for besides. */
  readonly legacyAt?: number;
}

/** The outcome of one comparison. */
export type Verdict =
  /** Nothing differs beyond equivalence. */
  | 'match'
  /** All that differs falls under rules of the row or learned noise. */
  | 'ignored'
  | 'mismatch'
  /** Nothing can be said: see `InconclusiveReason`. */
  | 'inconclusive';

export type InconclusiveReason =
  /** The side that answers the client failed: nothing to compare with. */
  | 'primary_failed'
  /** Somebody else changed rows between the dry run and the legacy's own work, or may have. Whether the sides agree plays no part. */
  | 'disturbed'
  /** A table that the engine writes could not be looked through, or its changes not be recorded: that nothing differs proves little. */
  | 'effects_unseen'
  /** The engine says that it can't dry-run this route. */
  | 'not_dry_runnable'
  /** The engine was busy or unsure (503): it said nothing about the request. */
  | 'engine_unsure'
  /** The side that answers turned the request away by a limit that it counts in its own memory (429): the other can't know. */
  | 'limited'
  /** The answer rests on which agents a process remembers, and each remembers its own. */
  | 'remembered'
  /** Of a tick: one side did not know who is online, because it had not run, or not heard of agents, for long enough. */
  | 'presence_unknown'
  /** Of a tick: the legacy was still dispatching when the minute was over, or was not there. */
  | 'tick_unseen'
  /** Of a job in a tick: it was made, edited or handed over meanwhile, so that nobody knows how the legacy read it. */
  | 'job_changed';

export type DifferenceKind =
  | 'status'
  | 'header'
  | 'missing'
  | 'extra'
  /** The engine did once more what it did rightly before: an event emitted twice. */
  | 'doubled'
  | 'type'
  | 'value'
  | 'order'
  | 'length';

/** One way in which the engine's work is not the legacy's. `missing`: the engine lacks what the legacy has. */
export interface Difference {
  readonly kind: DifferenceKind;
  /**
   * Where: `status`, `headers.content-type`, `body.devices[3].guid`, `rows.devices[guid=…].hostname`, `events.agent_task[0].payload.id`.
   * Concrete, with indices and keys as met.
   */
  readonly path: string;
  /** JSON text of at most some hundred characters, redacted; undefined where the side has nothing. */
  readonly legacy: string | undefined;
  readonly engine: string | undefined;
}

/** A difference that does not count, and why. Nothing is passed over without one. */
export interface PassedDifference extends Difference {
  readonly by: 'equivalence' | 'rule' | 'noise';
  /** Name of the equivalence, or the pattern of the rule. */
  readonly rule: string;
  /** For a person. */
  readonly why: string;
}

export interface ComparisonResult {
  readonly verdict: Verdict;
  /** Set exactly when the verdict is `inconclusive`. */
  readonly reason: InconclusiveReason | undefined;
  /** What counts; empty unless the verdict is `mismatch`. */
  readonly differences: readonly Difference[];
  readonly passed: readonly PassedDifference[];
  /** What could not be looked at, in words; empty when all was. */
  readonly notSeen: readonly string[];
  /** How often each equivalence, rule or noisy path passed a difference over; complete, even where `passed` is cut off. */
  readonly used: readonly PassUse[];
  /** Differences, and passed ones, beyond those listed. */
  readonly untold: { readonly differences: number; readonly passed: number };
  /** Patterns of ignore rules that would have applied but have expired. */
  readonly expiredRules: readonly string[];
}

/** One reason for passing differences over, and how many it passed. */
export interface PassUse {
  readonly by: PassedDifference['by'];
  readonly rule: string;
  readonly count: number;
}
