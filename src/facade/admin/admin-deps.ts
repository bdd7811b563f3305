/** What the admin API is given: the other parts as it sees them. Types only. */
import type { SchedulerJobs } from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import type { BreakerState } from '../decision/breakers.js';
import type { EngineState } from '../engine-process/engine-state.js';
import type { GuardView, ShownHold } from '../guard/guard-view.js';
import type { HoldDown } from '../guard/hold-down.js';
import type { Log } from '../logging/log.js';
import type { EventCount } from '../metrics/event-counts.js';
import type { Override } from '../override/override.js';
import type { SchedulerView } from '../scheduler/scheduler-watch.js';
import type { Side } from '../side.js';
import type { DrainProgress, DrainRequest } from '../sockets/socket-drain.js';
import type { SocketCounts, SocketEntry, Transport } from '../sockets/socket-registry.js';
import type { MigrationTableStore } from '../table/migration-table-store.js';
import type { SocketsStage } from '../table/stage.js';
import type { RouteRow } from '../table/table-snapshot.js';
import type { AdminComparisons } from './admin-comparisons.js';
import type { CheckReport } from './check/check-report.js';
import type { CheckExtras } from './check/run-checks.js';
import type { Explanation } from './explain-request.js';

/** A request that nobody sent, to ask who would answer it. */
export interface ExplainInput {
  readonly method: string;
  /** Path, with or without a query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The client's address. */
  readonly address: string;
}

/** What happened, newest first: versions of the table, and what is no version (drains). */
export interface AuditEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly who: string;
  /** `flip`, `rollback`, `edit`, `start`, `sockets-drain`, `sockets-drain-cancel`, `promote-forced`, `replay`, `guard-release`, `override`. */
  readonly action: string;
  /** What it touched, for a person. */
  readonly detail: string;
  readonly why: string;
  /** Set when the entry is a version of the table. */
  readonly version?: number | undefined;
}

export interface AdminAudit {
  /** Newest first. */
  list(limit: number): readonly AuditEntry[];
  record(entry: Pick<AuditEntry, 'who' | 'action' | 'detail' | 'why'>): void;
}

/** The guard, as the admin API sees it. */
export interface AdminGuardian {
  view(): GuardView;
  /** Those in force, oldest first. */
  holds(): readonly HoldDown[];
  /** Epoch milliseconds until which a row is held back; undefined when it is not. */
  heldUntil(row: Pick<RouteRow, 'id' | 'group'>): number | undefined;
  /** Ends a hold-down. @throws when facade.db can't be written */
  release(target: string): void;
}

/** The engine's relay to the legacy, for clients of the engine's own server. */
export interface ShownRelay {
  readonly up: boolean;
  /** Why not, as far as is known. */
  readonly problem: string | null;
  /** Agents of whose presence the legacy is told. */
  readonly agents: number;
  /** Those of whom it is still to be told. */
  readonly waiting: number;
  /** Events of the legacy that were heard since the engine's start. */
  readonly heard: number;
  /** Presence events that the legacy was told since then. */
  readonly said: number;
}

export interface AdminSockets {
  counts(): SocketCounts;
  /** Those of the legacy's that are sessions of the packet bridge. */
  bridged(): Readonly<Record<Transport, number>>;
  /** Whether the packet bridge is linked with the engine; undefined while nobody wants that. */
  link(): boolean | undefined;
  /** Null while nobody wants one. */
  relay(): ShownRelay | null;
  /** What became of events of bridged sessions since the facade started. */
  events(): readonly EventCount[];
  /** Oldest first. */
  list(filter: { readonly side?: Side; readonly limit?: number }): readonly SocketEntry[];
  /** @throws SocketError */
  drain(request: DrainRequest): DrainProgress;
  /** @returns undefined when none is running */
  cancelDrain(): DrainProgress | undefined;
  /** The running drain or the last one. */
  drainStatus(): DrainProgress | undefined;
}

/** Both schedulers, as the admin API sees them. */
export interface AdminScheduler {
  view(): SchedulerView;
  /** One page of the jobs, by ascending id. @throws SchedulerEngineError */
  jobs(after: number, limit: number): Promise<SchedulerJobs>;
}

/** How the facade is. Everything here may be shown to an operator; nothing is secret. */
export interface FacadeStatus {
  readonly version: string;
  readonly state: 'starting' | 'running' | 'stopping';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  /** Where agents and browsers reach it, such as `https://0.0.0.0:5000`. */
  readonly listen: string;
  readonly legacy: {
    readonly url: string;
    readonly reachable: boolean /** Why not. */;
    readonly problem: string | null;
  };
  readonly engine: {
    readonly mode: 'spawn' | 'url' | 'off';
    /** Of the process that the facade supervises; null when it does not. */
    readonly process:
      | (Pick<EngineState, 'state' | 'restarts'> & {
          readonly pid: number | null;
          readonly since: string;
          readonly lastEnd: string | null;
        })
      | null;
    readonly reachable: boolean;
    readonly problem: string | null;
  };
  readonly table: {
    readonly file: string;
    readonly version: number;
    readonly digest: string;
    /** Why the file on disk is not in force. */
    readonly rejected: { readonly since: string; readonly problems: readonly string[] } | null;
    /** Rows by stage, the default row included; stages without rows are left out. */
    readonly rowsByStage: Readonly<Record<string, number>>;
  };
  /** What clients are shown; null for plain HTTP. */
  readonly tls: {
    readonly names: readonly string[];
    readonly notAfter: string;
    readonly fingerprint: string;
    /** Why the files on disk are not in use. */
    readonly rejected: string | null;
  } | null;
  readonly sockets: SocketCounts & {
    readonly stage: SocketsStage;
    /** Sessions of the packet bridge, which are among the legacy's. */
    readonly bridged: Readonly<Record<Transport, number>>;
    /** Whether the packet bridge is linked with the engine; null while nobody wants that. */
    readonly link: boolean | null;
    /** The engine's relay to the legacy; null while nobody wants one. */
    readonly relay: ShownRelay | null;
  };
  /** Rows whose breaker is not closed. */
  readonly breakers: Readonly<Record<string, BreakerState>>;
  readonly guard: {
    /** Rows that it watches. */
    readonly watched: number;
    /** Rows that should go back and can't, with why. */
    readonly blocked: Readonly<Record<string, string>>;
    readonly holds: readonly ShownHold[];
  };
  readonly process: {
    readonly pid: number;
    readonly node: string;
    readonly sqlite: string;
    readonly residentBytes: number;
    readonly eventLoopLagSeconds: { readonly p50: number; readonly p99: number };
  };
}

/** Signed overrides, as the admin API makes them. */
export interface AdminOverrides {
  /** The header's value. */
  sign(override: Override): string;
  /** Why the engine must not get requests of the row, as a sentence; undefined when it may. */
  unfit(row: RouteRow): Promise<string | undefined>;
  /** Epoch milliseconds. */
  now(): number;
}

export interface AdminDeps {
  readonly table: Pick<
    MigrationTableStore,
    'current' | 'rejected' | 'flip' | 'ignore' | 'preview' | 'rollback' | 'setAccess' | 'versions'
  >;
  /** Breakers that are not closed, by row. */
  readonly breakers: () => ReadonlyMap<string, BreakerState>;
  /** Rows that the engine can't dry-run, with its reasons. */
  readonly notComparable: () => ReadonlyMap<string, string>;
  /** By row, what the engine does not serve yet; undefined when it can't be asked. */
  readonly notServed: () => Promise<ReadonlyMap<string, readonly string[]> | undefined>;
  /** Why an engine that answers may do so from a database or with keys of its own; sentences without a full stop. */
  readonly sharedWarnings: () => readonly string[];
  /** What is wrong with the secret by which operators are known: anyone may know it, say. Sentences without a full stop. */
  readonly secretWarnings: readonly string[];
  readonly explain: (input: ExplainInput) => Promise<Explanation>;
  readonly audit: AdminAudit;
  readonly overrides: AdminOverrides;
  readonly comparisons: AdminComparisons;
  readonly guard: AdminGuardian;
  readonly sockets: AdminSockets;
  /** Undefined when the facade does not supervise an engine. */
  readonly scheduler: AdminScheduler | undefined;
  readonly status: () => FacadeStatus;
  /** Whether requests should be sent here: the table is in force, the listener accepts, the facade is not stopping. */
  readonly ready: () => boolean;
  readonly check: (extras: CheckExtras) => Promise<CheckReport>;
  readonly metrics: { readonly contentType: string; scrape(): Promise<string> };
  readonly log: Log;
}
