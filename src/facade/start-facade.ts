/** Starts the facade in a fixed order and stops it in the reverse one. What fails on the way closes what was opened. */
import { join, resolve } from 'node:path';
import { demandsOperators } from './access/demands-caller.js';
import { type FacadeAccess, openAccess } from './access/open-access.js';
import { sharedEnvironment } from './access/shared-places.js';
import { createAdminServer } from './admin/admin-server.js';
import { openAdminToken, openMetricsToken } from './admin/admin-token.js';
import { checkShared } from './admin/check/check-shared.js';
import { adminDeps } from './admin-wiring.js';
import { engineAlerts } from './alerting/engine-alerts.js';
import { openBackground } from './background-wiring.js';
import { ClosingStack } from './closing-stack.js';
import { openComparing } from './comparing-wiring.js';
import { createDataPath, type DataPath, type EngineAddress } from './data-path.js';
import { engineSocketPath } from './engine-process/engine-socket-path.js';
import { EngineSupervisor } from './engine-process/engine-supervisor.js';
import { FlipGuard } from './flip-guard/flip-guard.js';
import { openGuard } from './guard-wiring.js';
import type { Log } from './logging/log.js';
import { PrometheusMetrics } from './metrics/prometheus-metrics.js';
import { openOverrideKey } from './override/override-key.js';
import { Overrides } from './override/overrides.js';
import { openRelay } from './relay-wiring.js';
import type { FacadeSettings } from './settings/settings.js';
import { probeSide, SideMonitor } from './side-monitor.js';
import { openFacadeDb } from './store/facade-db.js';
import type { MigrationTableStore } from './table/migration-table-store.js';
import { openMigrationTable } from './table/open-migration-table.js';
import type { TableSnapshot } from './table/table-snapshot.js';
import { type CertificateSource, openCertificateSource } from './tls/certificate-source.js';

/** What the facade is given by its process. */
export interface FacadeSurroundings {
  readonly log: Log;
  /** Version of the facade. */
  readonly version: string;
  /** The engine's main module, and Node's flags to run it with. */
  readonly engineEntry: { readonly path: string; readonly execArgv: readonly string[] };
  /** The engine's environment; the socket is added. */
  readonly engineEnv: NodeJS.ProcessEnv;
  readonly temporaryDirectory: string;
}

export interface RunningFacade {
  /** Where agents and browsers reach it, such as `https://0.0.0.0:5000`; the port is the one really bound. */
  readonly address: string;
  readonly adminAddress: string;
  /** Stops accepting, finishes what is in flight within `limits.shutdownMs`, closes sockets at the transport. May be called again. */
  close(): Promise<void>;
}

/** Over how long the sockets are closed when the facade stops: their clients come back all at once otherwise. */
const SOCKETS_SPREAD_MS = 1000;
const MONITOR_MS = 5000;

/** @throws TableError, StoreError, CertificateError, AdminTokenError, or the listeners' own errors */
export async function startFacade(settings: FacadeSettings, surroundings: FacadeSurroundings): Promise<RunningFacade> {
  const opened = new ClosingStack();
  try {
    return await start(settings, surroundings, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function start(
  settings: FacadeSettings,
  surroundings: FacadeSurroundings,
  opened: ClosingStack,
): Promise<RunningFacade> {
  const { log, version } = surroundings;
  const now = (): number => performance.now();
  const stateDirectory = resolve(settings.stateDirectory);
  const token = openAdminToken({ ...settings, stateDirectory });
  const metricsToken = openMetricsToken(stateDirectory);
  const overrides = new Overrides({ key: openOverrideKey(stateDirectory), now: Date.now });
  const store = opened.add(openFacadeDb(join(stateDirectory, 'facade.db')), (db) => db.close());
  const access = opened.add(
    openAccess({ settings, env: surroundings.engineEnv, now: Date.now, monotonic: now }),
    (open) => open.close(),
  );
  const metrics = opened.add(new PrometheusMetrics({ version, now }), (open) => open.close());
  const guarding = openGuard({ settings, version, store, metrics, log, now }, opened);
  const flipGuard = new FlipGuard(log);
  const table = opened.add(
    await openMigrationTable({
      file: settings.table.file,
      history: store.history,
      log,
      now: Date.now,
      pollMs: settings.table.pollMs,
      rules: [access.rule],
      guard: flipGuard.check,
      ...guarding.tableHooks,
    }),
    (open) => open.close(),
  );
  warnOfDefaultSecret(table, access, log);
  for (const { level, message } of checkShared(settings, access.places))
    if (level !== 'ok') log.warn('shared', { warning: message });
  const tls = openTls(settings, log);
  if (tls !== undefined) opened.add(tls, (source) => source.close());
  const socketPath = engineSocketPath(stateDirectory, surroundings.temporaryDirectory);
  const engine = engineAddress(settings, socketPath);
  const guard = guarding.start(table, () => monitors.legacy.health().reachable);
  const comparing = openComparing({ settings, stateDirectory, table, access, guard, log }, opened);
  const path = opened.add(
    createDataPath({
      ...{ settings, engine, table, tls, guard, overrides, metrics, log, now },
      ...{ comparing: comparing.comparing, observer: comparing.observer, evidence: comparing.store },
      access: access.judge,
    }),
    (open) => open.close(),
  );
  const supervisor =
    settings.engine.mode === 'spawn' ? superviseEngine(settings, surroundings, path, socketPath) : undefined;
  const { legacy: legacySide, engine: engineSide } = path.targets;
  if (supervisor !== undefined && engineSide !== undefined) comparing.connect(engineSide, supervisor);
  if (supervisor !== undefined) opened.add(supervisor, (engineProcess) => engineProcess.stop());
  const monitors = {
    legacy: opened.add(new SideMonitor(path.targets.legacy, MONITOR_MS), (monitor) => monitor.close()),
    engine: opened.add(new SideMonitor(path.targets.engine, MONITOR_MS), (monitor) => monitor.close()),
  };
  const legacyAnswers = (): boolean => monitors.legacy.health().reachable;
  const background = { table, supervisor, engine: engineSide, legacyAnswers, access, comparing, metrics, log };
  const scheduler = openBackground(background, opened);
  if (scheduler.engine !== undefined && engineSide !== undefined)
    flipGuard.connect({
      ...{ legacy: legacySide, engine: engineSide, material: access, now: Date.now },
      scheduler: { engine: scheduler.engine, socketLink: () => metrics.socketLink(), now: Date.now },
    });
  const relay = openRelay({ settings, table, supervisor, engine: engineSide, log }, opened);
  metrics.observe({
    table: () => table.current(),
    tableRejected: () => table.rejected() !== undefined,
    engine: () => supervisor?.state(),
    certificateExpiry: () => tls?.facts().notAfter,
    shadow: () => path.shadowing.state(),
    guard: () => guard.states(),
    evidence: () => comparing.store.health(),
    bridgedSockets: () => path.sockets.registry.bridgedCounts(),
    scheduler: () => scheduler.watch.view(),
    relay,
    alertsWaiting: () => guarding.alerts.waiting(),
  });
  const phase: { state: 'starting' | 'running' | 'stopping'; address: string } = { state: 'starting', address: '' };
  const parts = {
    ...{ settings, version, store, table, access, metrics, tls, path, supervisor, monitors, phase, log },
    ...{ overrides, flipGuard },
    ...{ guard, holds: guarding.holds, comparisons: comparing.comparisons, scheduler, relay },
    engineSocket: socketPath,
    env: surroundings.engineEnv,
    startedAt: Date.now(),
  };
  const admin = createAdminServer(adminDeps(parts), { ...settings.admin, token, metricsToken, version });
  const adminAt = opened.add(await admin.listen(), () => admin.close());
  supervisor?.onChange(() => monitors.engine.askNow());
  supervisor?.onChange(guarding.absence.follow);
  supervisor?.onChange(engineAlerts({ alerts: guarding.alerts, now }));
  supervisor?.start();
  monitors.legacy.askNow();
  monitors.engine.askNow();
  const publicAt = await path.listener.listen(settings.listen.port, settings.listen.host);
  opened.add(path, stopTraffic);
  phase.address = `${tls === undefined ? 'http' : 'https'}://${hostPort(publicAt)}`;
  phase.state = 'running';
  const adminAddress = `http://${hostPort(adminAt)}`;
  log.info('facade-started', { address: phase.address, adminAddress, tableVersion: table.current().version });
  return {
    address: phase.address,
    adminAddress,
    close: () => {
      phase.state = 'stopping';
      return opened.close();
    },
  };
}

/** Said at the start and whenever a table begins to rely on it. */
function warnOfDefaultSecret(table: MigrationTableStore, { secret }: FacadeAccess, log: Log): void {
  let warned = false;
  const look = (snapshot: TableSnapshot): void => {
    const relies = demandsOperators(snapshot);
    if (relies && !warned) for (const warning of secret.warnings) log.warn('access', { warning });
    warned = relies;
  };
  look(table.current());
  table.onChange(look);
}

function openTls({ tls }: FacadeSettings, log: Log): CertificateSource | undefined {
  return tls.certificate === '' ? undefined : openCertificateSource({ ...tls, log, now: Date.now });
}

function engineAddress({ engine }: FacadeSettings, socketPath: string): EngineAddress {
  if (engine.mode === 'off') return undefined;
  return engine.mode === 'url' ? { url: engine.url } : { socketPath };
}

function superviseEngine(
  settings: FacadeSettings,
  { engineEntry, engineEnv, log }: FacadeSurroundings,
  { targets, breakers, shadowing, sockets }: DataPath,
  socketPath: string,
): EngineSupervisor {
  const supervisor = new EngineSupervisor({
    entry: engineEntry.path,
    execArgv: engineEntry.execArgv,
    env: { ...engineEnv, ...sharedEnvironment(settings), BOREALIS_ENGINE_SOCKET: socketPath },
    probe: async () => targets.engine !== undefined && (await probeSide(targets.engine)).reachable,
    readyTimeoutMs: settings.engine.readyTimeoutMs,
    now: Date.now,
    log,
  });
  supervisor.onChange(({ state }) => {
    // Breakers opened against the one that ended must not keep requests from the new one.
    if (state === 'ready') {
      breakers.resetAll();
      sockets.engineReady();
    }
    shadowing.engineChanged(state === 'ready');
  });
  return supervisor;
}

/** Requests in flight and sockets end side by side: a socket would keep the listener open. */
async function stopTraffic({ listener, sockets }: DataPath): Promise<void> {
  await Promise.all([listener.close(), sockets.close(SOCKETS_SPREAD_MS)]);
}

function hostPort({ address, port, family }: { address: string; port: number; family: string }): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
