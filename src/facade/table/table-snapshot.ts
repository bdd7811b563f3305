/**
 * The frozen form of a migration table: what a request sees from start to end.
 * Nothing here changes after `buildTableSnapshot`; a flip makes a new snapshot.
 */
import type { UrlMap } from '../../legacy-bridge/url-map/url-map.js';
import type { CompareRules } from '../comparing/rules/compare-rules.js';
import type { Side } from '../side.js';
import type { Access, Profile } from './access.js';
import type { GateConfig } from './gate-config.js';
import type { GuardConfig } from './guard-config.js';
import type { EventStage, Position, SocketsStage, Stage } from './stage.js';

/** What a canary's clients are told apart by. `header:<name>` takes the value of that request header. */
export type CohortKey = 'guid' | 'operator' | 'address' | `header:${string}`;

/** The share of clients that a canary gives to the engine. */
export interface Canary {
  /** 0 to 100, two decimals are kept. */
  readonly percent: number;
  readonly by: CohortKey;
}

/** "The engine may answer for this row only when `id` is at `atLeast` or beyond." */
export interface Requirement {
  /** A route id, a group id, `sockets`, `event:<name>`, or `background:<name>`. */
  readonly id: string;
  readonly atLeast: Position;
  /** Of events: it is also enough that the engine gets them all beside the legacy, under `both` at stage `split`. */
  readonly orBoth: boolean;
}

/** One pattern of a row: methods as written (upper case) or `*`, and a path rule such as `/api/device/details/:hostname`. */
export interface RouteMatch {
  readonly methods: readonly string[] | '*';
  readonly rule: string;
}

/** One row of the routes, with defaults and its group's settings already applied. */
export interface RouteRow {
  readonly id: string;
  readonly matches: readonly RouteMatch[];
  /** The group that the row flips with, if any. */
  readonly group: string | undefined;
  readonly stage: Stage;
  /** Whom the row lets in under the table's profile. */
  readonly access: Access;
  /** Set exactly when `stage` is `canary`. */
  readonly canary: Canary | undefined;
  /** What happens when the engine can't answer: the legacy does, or nobody. Always `none` at `retired`. */
  readonly fallback: 'legacy' | 'none';
  /** Longest wait for the first byte of an answer, and between two bytes of one; milliseconds. */
  readonly timeoutMs: number;
  readonly requires: readonly Requirement[];
  /** Percentage of requests that are compared where the stage compares any; 0 to 100, two decimals are kept. */
  readonly sample: number;
  readonly compare: CompareRules;
  /** Whether the legacy may be asked a row's safe requests a second time: to learn its noise, and beside the engine. */
  readonly askLegacyAgain: boolean;
  readonly gate: GateConfig;
  readonly guard: GuardConfig;
}

/** One row of the events, with defaults and its group's settings already applied. In force while the sockets are at `split`. */
export interface EventRow {
  /** `event:<name>`. */
  readonly id: string;
  /** As clients send it; case matters. */
  readonly event: string;
  readonly group: string | undefined;
  /** Of a group at `verify`: `engine`, for an event is never repeated at the legacy. */
  readonly stage: EventStage;
  /** Set exactly when `stage` is `canary`. */
  readonly canary: Canary | undefined;
  /**
   * Whoever handles the event, the other side gets it too: the engine to learn what it says, the legacy as a plain copy
   * whose acknowledgement nobody waits for. Always false at `retired`.
   */
  readonly both: boolean;
  /** What happens to an event that the engine can't take: the legacy handles it, or nobody. Always `none` at `retired`. */
  readonly fallback: 'legacy' | 'none';
  /** Percentage of events that is compared at `shadow`, and at `canary` of the legacy's share; 0 to 100. */
  readonly sample: number;
  readonly compare: CompareRules;
  readonly gate: GateConfig;
  readonly guard: GuardConfig;
  readonly requires: readonly Requirement[];
}

/** How Socket.IO traffic is served. */
export interface SocketsRow {
  readonly stage: SocketsStage;
  /** Whether clients of the engine's own server hear the legacy too, and it hears of their presence. */
  readonly relay: boolean;
  /** By name of the event. Events without a row are the legacy's, as are those of other namespaces. */
  readonly events: ReadonlyMap<string, EventRow>;
}

/** Who owns a background task. */
export interface BackgroundRow {
  readonly name: string;
  readonly owner: Side;
  /** Of the scheduler: owners of jobs, by id, where they are not the task's own. Empty for other tasks. */
  readonly jobs: Readonly<Record<string, Side>>;
  /** Percentage of the scheduler's ticks that is compared while the legacy owns them; 0 to 100. */
  readonly sample: number;
  readonly compare: CompareRules;
  readonly gate: GateConfig;
}

/** The whole table, frozen. */
export interface TableSnapshot {
  /** Counts up by one with each version, from 1; the number in facade.db, in logs and in `explain`. */
  readonly version: number;
  /** SHA-256 of the file's text, hex. */
  readonly digest: string;
  readonly profile: Profile;
  readonly routes: readonly RouteRow[];
  readonly groups: ReadonlyMap<string, { readonly stage: Stage; readonly canary: Canary | undefined }>;
  /** Serves the paths that no row names. Its id is `default`. */
  readonly defaultRow: RouteRow;
  readonly sockets: SocketsRow;
  readonly background: readonly BackgroundRow[];
  /** From method and path to row; see `UrlMap`. */
  readonly urlMap: UrlMap<RouteRow>;
}
