/** Shows the running parts to the admin API in the form that it asks for. Decides nothing. */
import Database from 'better-sqlite3';
import type { FacadeAccess } from './access/open-access.js';
import type { AdminComparisons } from './admin/admin-comparisons.js';
import type { AdminDeps, FacadeStatus, ShownRelay } from './admin/admin-deps.js';
import { checkShared } from './admin/check/check-shared.js';
import { runChecks } from './admin/check/run-checks.js';
import { explainRequest } from './admin/explain-request.js';
import type { OpenScheduler } from './background-wiring.js';
import type { DataPath } from './data-path.js';
import type { EngineSupervisor } from './engine-process/engine-supervisor.js';
import type { FlipGuard } from './flip-guard/flip-guard.js';
import { unservedByRow } from './flip-guard/unserved.js';
import type { Guard } from './guard/guard.js';
import type { HoldDowns } from './guard/hold-downs.js';
import { shownHold } from './guard/show-guard.js';
import type { Log } from './logging/log.js';
import type { PrometheusMetrics } from './metrics/prometheus-metrics.js';
import { type RelayView, relayIsUp } from './metrics/relay-view.js';
import type { Overrides } from './override/overrides.js';
import type { FacadeSettings } from './settings/settings.js';
import type { SideMonitor } from './side-monitor.js';
import type { FacadeDb } from './store/facade-db.js';
import type { MigrationTableStore } from './table/migration-table-store.js';
import { formatProblem } from './table/table-error.js';
import type { RouteRow } from './table/table-snapshot.js';
import type { CertificateSource } from './tls/certificate-source.js';

/** The running facade's parts. */
export interface FacadeParts {
  readonly comparisons: () => AdminComparisons;
  readonly settings: FacadeSettings;
  readonly version: string;
  readonly store: FacadeDb;
  readonly table: MigrationTableStore;
  readonly access: FacadeAccess;
  readonly guard: Guard;
  readonly flipGuard: FlipGuard;
  readonly overrides: Overrides;
  readonly holds: HoldDowns;
  readonly metrics: PrometheusMetrics;
  readonly tls: CertificateSource | undefined;
  readonly path: DataPath;
  readonly supervisor: EngineSupervisor | undefined;
  /** Where the supervised engine listens. */
  readonly engineSocket: string;
  readonly scheduler: OpenScheduler;
  readonly monitors: { readonly legacy: SideMonitor; readonly engine: SideMonitor };
  readonly relay: () => RelayView | undefined;
  /** Changes while the facade starts and stops. */
  readonly phase: { readonly state: 'starting' | 'running' | 'stopping'; readonly address: string };
  readonly log: Log;
  /** Of the process, without the facade's own settings. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

export function adminDeps(parts: FacadeParts): AdminDeps {
  const { settings, store, table, access, metrics, path, supervisor, scheduler, engineSocket, phase, log, env } = parts;
  const { registry, drain } = path.sockets;
  const sqlite = sqliteVersion();
  return {
    table,
    comparisons: parts.comparisons(),
    breakers: () => path.breakers.states(),
    notComparable: () => path.shadowing.unable(),
    notServed: () => notServed(parts),
    sharedWarnings: () =>
      checkShared(settings, access.places).flatMap(({ level, message }) => (level === 'ok' ? [] : [message])),
    secretWarnings: access.secret.warnings,
    explain: (input) => explainRequest(table.current(), input, access.judge, path.breakers.states(), parts.overrides),
    overrides: {
      sign: (override) => parts.overrides.sign(override),
      unfit: (row) => unfitForOverride(parts, row),
      now: Date.now,
    },
    audit: {
      list: (limit) => store.audit.listAudit(limit),
      record: (entry) => store.audit.recordAudit({ at: new Date().toISOString(), ...entry }),
    },
    guard: {
      view: () => parts.guard.view(),
      holds: () => parts.holds.list(),
      heldUntil: (row) => parts.holds.untilOf(row),
      release: (target) => void parts.holds.end(target),
    },
    sockets: {
      counts: () => registry.counts(),
      bridged: () => registry.bridgedCounts(),
      link: () => metrics.socketLink(),
      relay: () => shownRelay(parts.relay()),
      events: () => metrics.eventCounts(),
      list: (filter) => registry.list(filter),
      drain: (request) => drain.drain(request).progress,
      cancelDrain: () => drain.cancel(),
      drainStatus: () => drain.progress(),
    },
    scheduler: shownScheduler(scheduler),
    status: () => facadeStatus(parts, sqlite),
    ready: () => phase.state === 'running',
    check: (extras) =>
      runChecks({ settings, env, ...extras, now: Date.now, ...(supervisor === undefined ? {} : { engineSocket }) }),
    metrics,
    log,
  };
}

/** What an override would meet is what a flip would: the same is asked. */
async function unfitForOverride({ path, flipGuard }: FacadeParts, row: RouteRow): Promise<string | undefined> {
  if (path.targets.engine === undefined) return 'The engine is switched off (engine.mode).';
  return flipGuard.checkRow(row);
}

/** Of an engine that is not the facade's nobody knows: it tells over its socket alone. */
async function notServed({ supervisor, path, table }: FacadeParts): ReturnType<AdminDeps['notServed']> {
  const { engine } = path.targets;
  if (supervisor?.state().state !== 'ready' || engine === undefined) return undefined;
  try {
    return await unservedByRow(engine, table.current().routes);
  } catch {
    return undefined; // It is about to end, or hangs: status tells.
  }
}

function shownScheduler({ engine, watch }: OpenScheduler): AdminDeps['scheduler'] {
  return engine && { view: () => watch.view(), jobs: (after, limit) => engine.jobs(after, limit) };
}

function facadeStatus(parts: FacadeParts, sqlite: string): FacadeStatus {
  const { settings, version, path, monitors, phase, startedAt, metrics } = parts;
  const [legacy, engine] = [monitors.legacy.health(), monitors.engine.health()];
  return {
    version,
    state: phase.state,
    startedAt: new Date(startedAt).toISOString(),
    uptimeSeconds: Math.floor((Date.now() - startedAt) / 1000),
    listen: phase.address,
    legacy: { url: settings.legacy.url, reachable: legacy.reachable, problem: legacy.problem ?? null },
    engine: {
      mode: settings.engine.mode,
      process: engineProcess(parts.supervisor),
      reachable: engine.reachable,
      problem: engine.problem ?? null,
    },
    table: tableStatus(parts),
    tls: tlsStatus(parts.tls),
    sockets: socketsStatus(parts),
    breakers: Object.fromEntries(path.breakers.states()),
    guard: guardStatus(parts),
    process: {
      pid: process.pid,
      node: process.version,
      sqlite,
      residentBytes: process.memoryUsage.rss(),
      eventLoopLagSeconds: metrics.eventLoop.read(),
    },
  };
}

function socketsStatus({ path, table, metrics, relay }: FacadeParts): FacadeStatus['sockets'] {
  const { registry } = path.sockets;
  return {
    ...registry.counts(),
    stage: table.current().sockets.stage,
    bridged: registry.bridgedCounts(),
    link: metrics.socketLink() ?? null,
    relay: shownRelay(relay()),
  };
}

function shownRelay(view: RelayView | undefined): ShownRelay | null {
  const isUp = relayIsUp(view);
  if (isUp === undefined) return null;
  const { problem = null, agents = 0, waiting = 0, heard = 0, said = 0 } = view?.state ?? {};
  return { up: isUp, problem, agents, waiting, heard, said };
}

function engineProcess(supervisor: EngineSupervisor | undefined): FacadeStatus['engine']['process'] {
  if (supervisor === undefined) return null;
  const { state, restarts, pid, since, lastEnd } = supervisor.state();
  return { state, restarts, pid: pid ?? null, since: new Date(since).toISOString(), lastEnd: lastEnd ?? null };
}

function tableStatus({ settings, table }: FacadeParts): FacadeStatus['table'] {
  const { version, digest, routes, defaultRow } = table.current();
  const rowsByStage: Record<string, number> = {};
  for (const { stage } of [...routes, defaultRow]) rowsByStage[stage] = (rowsByStage[stage] ?? 0) + 1;
  const rejected = table.rejected();
  const told = rejected && { since: rejected.since, problems: rejected.problems.map(formatProblem) };
  return { file: settings.table.file, version, digest, rejected: told ?? null, rowsByStage };
}

function guardStatus({ guard, holds }: FacadeParts): FacadeStatus['guard'] {
  const { rows } = guard.view();
  const blocked = rows.flatMap((row) => (row.blocked === null ? [] : [[row.row, row.blocked.reason] as const]));
  return {
    watched: rows.filter(({ on }) => on).length,
    blocked: Object.fromEntries(blocked),
    holds: holds.list().map(shownHold),
  };
}

function tlsStatus(tls: CertificateSource | undefined): FacadeStatus['tls'] {
  if (tls === undefined) return null;
  const { names, notAfter, fingerprint } = tls.facts();
  return { names, notAfter: notAfter.toISOString(), fingerprint, rejected: tls.rejected() ?? null };
}

function sqliteVersion(): string {
  const memory = new Database(':memory:');
  try {
    return String(memory.prepare('SELECT sqlite_version()').pluck().get());
  } finally {
    memory.close();
  }
}
