/** The migration table as operators are shown it, by the admin API and by a CLI without a running facade alike. Pure. */
import type { BreakerState } from '../decision/breakers.js';
import type { Side } from '../side.js';
import type { Access, Profile } from '../table/access.js';
import type { Stage } from '../table/stage.js';
import type { Canary, Requirement, RouteRow, TableSnapshot } from '../table/table-snapshot.js';

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
}

export interface ShownTable {
  readonly version: number;
  readonly profile: Profile;
  /** In the order of the file, the default row last. */
  readonly routes: readonly ShownRow[];
  readonly groups: Readonly<Record<string, { readonly stage: Stage; readonly canary: Canary | null }>>;
  readonly sockets: { readonly stage: Stage };
  readonly background: readonly { readonly name: string; readonly owner: Side }[];
}

/** What is known of rows besides the table. */
export interface RowFacts {
  /** Those that are not closed. */
  readonly breakers: ReadonlyMap<string, BreakerState>;
  /** Epoch milliseconds until which the guard holds a row. */
  readonly heldUntil: (row: RouteRow) => number | undefined;
  /** By row, as the engine said when it was asked for dry runs. */
  readonly notComparable: ReadonlyMap<string, string>;
}

export function showTable(snapshot: TableSnapshot, facts: RowFacts): ShownTable {
  const { version, profile, routes, defaultRow, groups, sockets, background } = snapshot;
  return {
    version,
    profile,
    routes: [...routes, defaultRow].map((row) => showRow(row, facts)),
    groups: Object.fromEntries([...groups].map(([id, { stage, canary }]) => [id, { stage, canary: canary ?? null }])),
    sockets: { stage: sockets.stage },
    background,
  };
}

export function showRow(row: RouteRow, { breakers, heldUntil, notComparable }: RowFacts): ShownRow {
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
  };
}
