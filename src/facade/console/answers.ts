/** What this page reads of the admin API's answers (docs/reference/admin-api.md). */

export type Side = 'legacy' | 'engine';

interface Reachability {
  /** Null before it was first asked. */
  readonly reachable: boolean | null;
  readonly problem: string | null;
}

export interface Status {
  readonly version: string;
  readonly state: string;
  readonly legacy: Reachability;
  readonly engine: Reachability & {
    readonly mode: string;
    readonly process: { readonly state: string; readonly lastEnd: string | null } | null;
  };
  readonly table: {
    readonly version: number;
    readonly rejected: { readonly since: string; readonly problems: readonly string[] } | null;
    readonly rowsByStage: Readonly<Record<string, number>>;
  };
  readonly breakers: Readonly<Record<string, string>>;
  readonly guard: {
    readonly blocked: Readonly<Record<string, string>>;
    readonly holds: readonly {
      readonly target: string;
      readonly evidence: string;
      readonly from: string;
      readonly to: string;
      readonly until: string;
    }[];
  };
  readonly tls: { readonly notAfter: string; readonly rejected: string | null } | null;
  readonly sockets: {
    readonly link: boolean | null;
    readonly relay: { readonly up: boolean; readonly problem: string | null } | null;
  };
}

export interface Canary {
  readonly percent: number;
  readonly by: string;
}

interface Requirement {
  readonly id: string;
  readonly atLeast: string;
  /** It is enough that the engine gets the event too. */
  readonly orBoth: boolean;
}

export interface Route {
  readonly id: string;
  readonly matches: readonly { readonly methods: readonly string[]; readonly rule: string }[];
  readonly group: string | null;
  readonly stage: string;
  readonly access: string;
  readonly canary: Canary | null;
  readonly fallback: string;
  readonly sample: number;
  readonly requires: readonly Requirement[];
  readonly breaker: string;
  readonly heldUntil: string | null;
  readonly notComparable: string | null;
  readonly notServed: readonly string[] | null;
}

export interface EventRow {
  readonly id: string;
  readonly event: string;
  readonly group: string | null;
  readonly stage: string;
  readonly canary: Canary | null;
  readonly both: boolean;
  readonly fallback: string;
  readonly sample: number;
  readonly requires: readonly Requirement[];
}

export interface Table {
  readonly version: number;
  readonly profile: string;
  readonly routes: readonly Route[];
  readonly groups: Readonly<Record<string, { readonly stage: string }>>;
  readonly sockets: { readonly stage: string; readonly events: readonly EventRow[] };
  readonly background: readonly { readonly name: string; readonly owner: Side }[];
}

export type Counts = Readonly<Record<'match' | 'ignored' | 'mismatch' | 'inconclusive', number>>;

export interface Summary {
  readonly row: string;
  readonly group: string | null;
  readonly next: string | null;
  readonly counts: Counts;
  readonly conclusive: number;
  readonly matchRate: { readonly share: number; readonly low: number; readonly high: number } | null;
  readonly latency: Readonly<Record<Side, { readonly p50: number | null; readonly p99: number | null }>>;
  readonly ready: boolean;
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

export interface Comparisons {
  readonly store: { readonly writable: boolean; readonly problem: string | null; readonly lost: number };
  readonly rows: readonly Summary[];
}

export interface Evidence {
  readonly summary: Summary;
  readonly evidence: {
    readonly mismatches: readonly {
      readonly kind: string;
      readonly path: string;
      readonly count: number;
      readonly newest: number | null;
    }[];
    readonly inconclusive: readonly { readonly reason: string; readonly count: number }[];
    readonly passed: readonly { readonly by: string; readonly rule: string; readonly count: number }[];
  };
  readonly gate: { readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly text: string }[] };
}

interface KeptBody {
  readonly form: string;
  readonly text?: string;
  readonly size: number;
  readonly cut?: boolean;
}

export interface KeptOutcome {
  readonly outcome: string;
  readonly code?: string;
  readonly answer?: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: KeptBody;
  };
}

export interface Pair {
  readonly id: number;
  readonly row: string;
  readonly at: string;
  readonly verdict: string;
  readonly method: string;
  readonly target: string;
  readonly differences: readonly { readonly kind: string; readonly path: string }[];
  readonly pair: {
    readonly legacy?: KeptOutcome;
    readonly engine?: KeptOutcome;
    readonly request?: { readonly headers: readonly (readonly [string, string])[]; readonly body: KeptBody };
    /** Null for reads, and where they were too large. */
    readonly effects?: { readonly legacy?: { readonly effects: unknown }; readonly engine?: unknown } | null;
    readonly leftOut?: readonly string[];
    readonly result?: { readonly passed?: readonly unknown[]; readonly reason?: string };
  };
}

export interface Change {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

export interface Preview {
  readonly changes: readonly Change[];
  readonly diff: string;
}

export interface Version extends Preview {
  readonly version: number;
  readonly at: string;
  readonly who: string;
  readonly why: string;
  readonly warnings?: readonly string[];
}

export interface AuditEntry {
  readonly at: string;
  readonly who: string;
  readonly action: string;
  readonly detail: string;
  readonly why: string;
  readonly version?: number;
}

export interface Sockets {
  readonly counts: Readonly<Record<Side, { readonly websocket: number; readonly polling: number }>>;
  readonly bridged: { readonly websocket: number; readonly polling: number };
  readonly link: boolean | null;
  readonly drain: {
    readonly side: Side;
    readonly state: string;
    readonly total: number;
    readonly closed: number;
    readonly gone: number;
  } | null;
  readonly events: readonly {
    readonly event: string;
    readonly side: string;
    readonly outcome: string;
    readonly count: number;
  }[];
  readonly sockets: readonly {
    readonly id: number;
    readonly side: Side;
    readonly bridged?: boolean;
    readonly transport: string;
    readonly address: string;
    readonly agentId?: string;
    readonly agentGuid?: string;
    readonly openedAt: string;
    readonly eventsPerSecond?: number;
  }[];
}

export interface Jobs {
  readonly owner: Side;
  readonly engine: { readonly told: boolean; readonly handBackPending: boolean } | null;
  readonly notCompared: string | null;
  readonly shownOff: string | null;
  readonly jobs: readonly {
    readonly id: number;
    readonly name: string;
    readonly enabled: boolean;
    readonly owner: Side;
    readonly wanted: Side;
    readonly scheduleType: string;
    readonly nextRun: Readonly<Record<Side, string | null>>;
    readonly lastStatus: string | null;
    readonly disagreement: string | null;
  }[];
  readonly next: number | null;
}

export interface Decision {
  readonly side: string;
  readonly reason: string;
  readonly row: string | null;
  readonly stage: string | null;
  readonly mayFallBack: boolean;
  readonly access: { readonly demands: string; readonly outcome: string; readonly why: string } | null;
}
