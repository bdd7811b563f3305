/** The parts that serve traffic, made from settings and wired to one another. Opens no port; see start-facade.ts. */
import type { EffectsObserver } from '../legacy-bridge/effects/effects-observer.js';
import type { AccessJudge } from './access/access-judge.js';
import { Breakers } from './decision/breakers.js';
import { decide } from './decision/decide.js';
import { createForwarder } from './forwarding/forwarder.js';
import { engineTarget, legacyTarget, type SideLimits, type SideTarget } from './forwarding/side-target.js';
import { trustedProxies } from './forwarding/trusted-proxies.js';
import type { GuardReports } from './guard/guard.js';
import type { Incoming } from './listener/incoming.js';
import { type AnswerWitness, createPipeline } from './listener/pipeline.js';
import { createPublicListener, type PublicListener } from './listener/public-listener.js';
import type { Log } from './logging/log.js';
import type { EventMetrics } from './metrics/event-metrics.js';
import type { FacadeMetrics } from './metrics/facade-metrics.js';
import type { ShadowMetrics } from './metrics/shadow-metrics.js';
import type { Overrides } from './override/overrides.js';
import type { FacadeSettings } from './settings/settings.js';
import type { Comparing } from './shadowing/comparing.js';
import { knowsDryRuns } from './shadowing/dry-run-engine.js';
import { createShadowing, type Shadowing, type ShadowingOptions } from './shadowing/shadowing.js';
import { WriteLedger } from './shadowing/write-ledger.js';
import type { Side } from './side.js';
import { isHeartbeat } from './sockets/polling-sessions.js';
import { engineDialer, legacyDialer, type SideDialer } from './sockets/side-dialer.js';
import { createSockets, type Sockets } from './sockets/sockets-handler.js';
import type { MigrationTableStore } from './table/migration-table-store.js';
import type { CertificateSource } from './tls/certificate-source.js';

/** Where the engine is; undefined when it is switched off. */
export type EngineAddress = { readonly socketPath: string } | { readonly url: string } | undefined;

export interface DataPathOptions {
  readonly settings: FacadeSettings;
  readonly engine: EngineAddress;
  readonly table: MigrationTableStore;
  readonly access: AccessJudge;
  readonly guard: GuardReports;
  readonly overrides: Overrides;
  readonly tls: CertificateSource | undefined;
  readonly metrics: FacadeMetrics & EventMetrics & ShadowMetrics;
  readonly comparing: Comparing;
  /** Told what rows answer, compared or not. */
  readonly evidence: AnswerWitness;
  /** Undefined when the settings do not say where the shared database is. */
  readonly observer: EffectsObserver | undefined;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface DataPath {
  readonly listener: PublicListener;
  readonly sockets: Sockets;
  readonly breakers: Breakers;
  readonly shadowing: Shadowing;
  readonly targets: { readonly legacy: SideTarget; readonly engine: SideTarget | undefined };
  /** Ends the connections to the sides; to be called after the listener and the sockets were closed. */
  close(): Promise<void>;
}

/** Each long poll holds a connection for up to half a minute: they must not use up those of other requests. */
const POLLING_CONNECTIONS = 4096;

/** @throws when the legacy's CA file can't be read */
export function createDataPath(options: DataPathOptions): DataPath {
  const { settings, engine, table, access, guard, overrides, tls, metrics, log, now } = options;
  const { comparing, observer, evidence } = options;
  const { legacy, limits, answers, breaker, trustedProxies: trusted } = settings;
  const targetsWith = (sideLimits: SideLimits) => ({
    legacy: legacyTarget(legacy, sideLimits),
    engine: engine === undefined ? undefined : engineTarget(engine, sideLimits),
  });
  const targets = targetsWith(limits);
  const forwarder = createForwarder({ ...targets, idleBodyMs: limits.idleBodyMs, now });
  const pollForwarder = createForwarder({
    ...targetsWith({ ...limits, sideConnections: POLLING_CONNECTIONS }),
    idleBodyMs: limits.idleBodyMs,
    now,
  });
  const breakers = new Breakers({ ...breaker, now, log, metrics });
  const dialers: Record<Side, SideDialer | undefined> = {
    legacy: legacyDialer(legacy),
    engine: engine === undefined ? undefined : engineDialer(engine),
  };
  const sockets = createSockets({
    table: () => table.current(),
    dialer: (side) => dialers[side],
    forwarder: pollForwarder,
    servedBy: answers.servedBy,
    metrics,
    split: settings.sockets.split,
    eventShadow: () => shadowing.events,
    log,
  });
  sockets.tableChanged();
  const { registry } = sockets;
  const shadowing = createShadowing({
    ...shadowTargets(settings, engine),
    settings: settings.shadow,
    knowsDryRuns,
    comparing,
    observer,
    ledger: new WriteLedger(() => registry.messageBytesUp()),
    ...{ metrics, log, now },
    wallClock: Date.now,
    random: Math.random,
  });
  shadowing.tableIs(table.current());
  table.onChange((next, previous) => {
    const before = new Map(previous.routes.map((row) => [row.id, row.stage]));
    for (const { id, stage } of next.routes) if (before.get(id) !== stage) breakers.reset(id);
    shadowing.tableIs(next, previous);
    sockets.tableChanged();
  });
  const pipeline = createPipeline({
    currentTable: () => table.current(),
    decide,
    overrides,
    access,
    breakers,
    guard,
    shadowing,
    evidence,
    forwarder,
    metrics,
    log,
    servedBy: answers.servedBy,
    logRequests: settings.log.requests,
    now,
  });
  const listener = createPublicListener({
    tls,
    trusted: trustedProxies(trusted),
    limits,
    pipeline,
    servePolling: (incoming) => countingWrites(shadowing.ledger, incoming, () => sockets.handlePolling(incoming)),
    serveUpgrade: (request, socket, first, head) => sockets.handleUpgrade(request, socket, first, head),
    metrics,
    log,
    now,
  });
  const close = async (): Promise<void> => {
    await Promise.all([forwarder.close(), pollForwarder.close(), shadowing.close()]);
  };
  return { listener, sockets, breakers, shadowing, targets, close };
}

/** Copies have connections of their own, so that they never take those of clients' requests. */
function shadowTargets(
  { legacy, limits, shadow }: FacadeSettings,
  engine: EngineAddress,
): Pick<ShadowingOptions, 'engine' | 'legacy'> {
  const toLegacy = legacyTarget(legacy, { ...limits, sideConnections: shadow.legacyConnections });
  if (engine === undefined) return { legacy: toLegacy, engine: 'engine_unreachable' };
  // The engine takes dry runs from its own socket alone: by URL, copies would be executed.
  if ('url' in engine) return { legacy: toLegacy, engine: 'engine_no_dry_run' };
  const sideConnections = shadow.connections + shadow.dryRuns;
  return { legacy: toLegacy, engine: engineTarget(engine, { ...limits, sideConnections }) };
}

/** What agents send by long polling makes a side write too. */
async function countingWrites(
  ledger: WriteLedger,
  { method, head }: Incoming,
  serve: () => Promise<void>,
): Promise<void> {
  if (method !== 'POST' || isHeartbeat(head.bodyLength)) return serve();
  ledger.begin();
  try {
    await serve();
  } finally {
    ledger.end();
  }
}
