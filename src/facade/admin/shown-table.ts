/** The migration table as operators are shown it, by the admin API and by a CLI without a running facade alike. Pure. */
import type { BreakerState } from '../decision/breakers.js';
import type { Side } from '../side.js';
import type { Access, Profile } from '../table/access.js';
import type { EventStage, SocketsStage, Stage } from '../table/stage.js';
import type { BackgroundRow, Canary, EventRow, Requirement, RouteRow, TableSnapshot } from '../table/table-snapshot.js';

export interface ShownRow {
  readonly id: string;
  readonly matches: readonly { readonly methods: readonly string[]; readonly rule: string }[];
  readonly group: string | null;
  readonly stage: Stage;
  /** Whom the row lets in under the profile in force. */
  readonly access: Access;
  readonly canary: Canary | null;
  readonly fallback: 'legacy' | 'none';
  readonly timeoutMs: number;
  readonly requires: readonly Requirement[];
  readonly breaker: BreakerState;
  /** The guard moved the row back and holds it there until then; ISO 8601, UTC. */
  readonly heldUntil: string | null;
  /** Percentage of requests that is compared at the stages that compare. */
  readonly sample: number;
  /** Why the engine can't be compared on the row, or on some of its methods, in its own words. */
  readonly notComparable: string | null;
  /** Routes of the row that the engine does not serve yet, as `METHOD /rule`; null when it can't be asked. */
  readonly notServed: readonly string[] | null;
}

export interface ShownEvent {
  readonly id: string;
  readonly event: string;
  readonly group: string | null;
  readonly stage: EventStage;
  readonly canary: Canary | null;
  /** Whoever handles it, the other side gets it too. */
  readonly both: boolean;
  readonly fallback: 'legacy' | 'none';
  readonly sample: number;
  readonly requires: readonly Requirement[];
}

export interface ShownTable {
  readonly version: number;
  readonly profile: Profile;
  /** In the order of the file, the default row last. */
  readonly routes: readonly ShownRow[];
  readonly groups: Readonly<Record<string, { readonly stage: Stage; readonly canary: Canary | null }>>;
  /** Rows of events are in force while the stage is `split`. */
  readonly sockets: {
    readonly stage: SocketsStage;
    readonly relay: boolean;
    readonly events: readonly ShownEvent[];
  };
  /** `jobs`: owners of jobs, by id, where they are not the task's own. */
  readonly background: readonly { readonly name: string; readonly owner: Side; readonly jobs: BackgroundRow['jobs'] }[];
}

/** What is known of rows besides the table. */
export interface RowFacts {
  /** Those that are not closed. */
  readonly breakers: ReadonlyMap<string, BreakerState>;
  /** Epoch milliseconds until which the guard holds a row. */
  readonly heldUntil: (row: RouteRow) => number | undefined;
  /** By row, as the engine said when it was asked for dry runs. */
  readonly notComparable: ReadonlyMap<string, string>;
  /** By row, what the engine does not serve; undefined when it could not be asked. */
  readonly notServed: ReadonlyMap<string, readonly string[]> | undefined;
}

export function showTable(snapshot: TableSnapshot, facts: RowFacts): ShownTable {
  const { version, profile, routes, defaultRow, groups, sockets, background } = snapshot;
  return {
    version,
    profile,
    routes: [...routes, defaultRow].map((row) => showRow(row, facts)),
    groups: Object.fromEntries([...groups].map(([id, { stage, canary }]) => [id, { stage, canary: canary ?? null }])),
    sockets: { stage: sockets.stage, relay: sockets.relay, events: [...sockets.events.values()].map(showEvent) },
    background: background.map(({ name, owner, jobs }) => ({ name, owner, jobs })),
  };
}

function showEvent({ group, canary, ...row }: EventRow): ShownEvent {
  return { ...row, group: group ?? null, canary: canary ?? null };
}

export function showRow(row: RouteRow, { breakers, heldUntil, notComparable, notServed }: RowFacts): ShownRow {
  const until = heldUntil(row);
  return {
    id: row.id,
    matches: row.matches.map(({ methods, rule }) => ({ methods: methods === '*' ? ['*'] : methods, rule })),
    group: row.group ?? null,
    stage: row.stage,
    access: row.access,
    canary: row.canary ?? null,
    fallback: row.fallback,
    timeoutMs: row.timeoutMs,
    requires: row.requires,
    breaker: breakers.get(row.id) ?? 'closed',
    heldUntil: until === undefined ? null : new Date(until).toISOString(),
    sample: row.sample,
    notComparable: notComparable.get(row.id) ?? null,
    notServed: notServed === undefined ? null : (notServed.get(row.id) ?? []),
  };
}
