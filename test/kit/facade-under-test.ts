/**
 * The HTTP data path, wired as the facade wires it, in this process and on port 0: listener, pipeline, decision,
 * breakers, forwarder. The table is given as rows; a flip is a new set of rows.
 */
import { type AccessJudge, BLIND_JUDGE } from '../../src/facade/access/access-judge.js';
import { Breakers } from '../../src/facade/decision/breakers.js';
import { decide } from '../../src/facade/decision/decide.js';
import { createForwarder, type Forwarder } from '../../src/facade/forwarding/forwarder.js';
import { engineTarget, legacyTarget } from '../../src/facade/forwarding/side-target.js';
import { trustedProxies } from '../../src/facade/forwarding/trusted-proxies.js';
import type { GuardReports } from '../../src/facade/guard/guard.js';
import type { Incoming } from '../../src/facade/listener/incoming.js';
import { createPipeline, type PipelineOptions } from '../../src/facade/listener/pipeline.js';
import { createPublicListener, type PublicListenerOptions } from '../../src/facade/listener/public-listener.js';
import type { Log } from '../../src/facade/logging/log.js';
import type { FacadeMetrics } from '../../src/facade/metrics/facade-metrics.js';
import type { FacadeSettings } from '../../src/facade/settings/settings.js';
import { WriteLedger } from '../../src/facade/shadowing/write-ledger.js';
import type { Access } from '../../src/facade/table/access.js';
import type { Stage } from '../../src/facade/table/stage.js';
import type { Canary, RouteRow, TableSnapshot } from '../../src/facade/table/table-snapshot.js';
import type { CertificateSource } from '../../src/facade/tls/certificate-source.js';
import type { LegacyAddress } from '../../src/legacy-bridge/dialling/legacy-address.js';
import { buildUrlMap } from '../../src/legacy-bridge/url-map/build-url-map.js';
import { routeRow } from './route-row.js';

/** A row as tests write it: `GET|POST /path` or `* /path`. */
export interface RowUnderTest {
  readonly id?: string;
  readonly match: string;
  readonly access?: Access;
  readonly stage?: Stage;
  readonly canary?: Canary;
  readonly fallback?: 'legacy' | 'none';
  readonly timeoutMs?: number;
  readonly sample?: number;
  readonly askLegacyAgain?: boolean;
}

export interface FacadeUnderTestOptions {
  readonly legacy: string | LegacyAddress;
  readonly engine?: { readonly url: string } | { readonly socketPath: string };
  readonly rows?: readonly RowUnderTest[];
  /** Stage of paths that no row names. Default `legacy`. */
  readonly defaultStage?: Stage;
  readonly timeoutMs?: number;
  readonly trustedProxies?: readonly string[];
  readonly limits?: Partial<FacadeSettings['limits']>;
  readonly servedBy?: 'none' | 'browsers' | 'all';
  readonly breaker?: { readonly failures: number; readonly openMs: number };
  readonly tls?: CertificateSource;
  /** Who knows callers. Default: nobody can be known. */
  readonly access?: AccessJudge;
  /** What rows that compare do. Default: nothing. */
  readonly shadowing?: (log: Log) => PipelineOptions['shadowing'];
  /** Told of every request. Default: nobody. */
  readonly guard?: GuardReports;
  /** Who judges overrides. Default: nobody has signed any. */
  readonly overrides?: PipelineOptions['overrides'];
  readonly servePolling?: (incoming: Incoming, forwarder: Forwarder) => Promise<void>;
  readonly serveUpgrade?: PublicListenerOptions['serveUpgrade'];
}

/** What the data path reported. */
export interface Recorded {
  readonly finished: { row: string; answeredBy: string; status: number; bytesUp: number; bytesDown: number }[];
  /** Row, status and stage of what the engine answered to clients. */
  readonly served: string[];
  readonly failed: string[];
  readonly fellBack: string[];
  readonly judged: string[];
  readonly overridden: string[];
  readonly overridesIgnored: string[];
  readonly refused: string[];
  readonly breakers: string[];
  readonly logged: { level: string; message: string; fields: Readonly<Record<string, unknown>> | undefined }[];
}

export interface FacadeUnderTest {
  readonly port: number;
  readonly origin: string;
  readonly recorded: Recorded;
  flip(rows: readonly RowUnderTest[], defaultStage?: Stage): void;
  close(): Promise<void>;
}

export const TEST_LIMITS: FacadeSettings['limits'] = {
  headerBytes: 32_768,
  headersTimeoutMs: 10_000,
  idleConnectionMs: 75_000,
  idleBodyMs: 10_000,
  connectTimeoutMs: 1_000,
  sideConnections: 64,
  shutdownMs: 2_000,
};

/** For tables whose rows compare nothing. */
export const NO_SHADOWING: PipelineOptions['shadowing'] = {
  accompany: () => undefined,
  ledger: new WriteLedger(() => 0),
};

const NO_OVERRIDES: PipelineOptions['overrides'] = { read: () => 'signature' };

export async function startFacadeUnderTest(options: FacadeUnderTestOptions): Promise<FacadeUnderTest> {
  const limits = { ...TEST_LIMITS, ...options.limits };
  const recorded: Recorded = {
    finished: [],
    served: [],
    failed: [],
    fellBack: [],
    judged: [],
    overridden: [],
    overridesIgnored: [],
    refused: [],
    breakers: [],
    logged: [],
  };
  const metrics = recordingMetrics(recorded);
  const log = recordingLog(recorded);
  const now = () => performance.now();
  let table = snapshotOf(options.rows ?? [], options.defaultStage ?? 'legacy', options.timeoutMs ?? 10_000, 1);
  const forwarder = createForwarder({
    legacy: legacyTarget(addressOf(options.legacy), limits),
    engine: options.engine === undefined ? undefined : engineTarget(options.engine, limits),
    idleBodyMs: limits.idleBodyMs,
    now,
  });
  const breaker = options.breaker ?? { failures: 5, openMs: 10_000 };
  const pipeline = createPipeline({
    currentTable: () => table,
    decide,
    overrides: options.overrides ?? NO_OVERRIDES,
    access: options.access ?? BLIND_JUDGE,
    guard: options.guard ?? { forwarded: () => undefined, keptOut: () => undefined },
    breakers: new Breakers({ ...breaker, now: Date.now, log, metrics }),
    shadowing: options.shadowing?.(log) ?? NO_SHADOWING,
    forwarder,
    evidence: {
      answered: (row, _method, status, _caller, servedAt) => {
        if (servedAt !== undefined) recorded.served.push(`${row} ${status} ${servedAt}`);
      },
    },
    metrics,
    log,
    servedBy: options.servedBy ?? 'none',
    logRequests: false,
    now,
  });
  const listener = createPublicListener({
    tls: options.tls,
    trusted: trustedProxies(options.trustedProxies ?? []),
    limits,
    pipeline,
    servePolling: (incoming) =>
      options.servePolling === undefined ? pipeline.serve(incoming) : options.servePolling(incoming, forwarder),
    serveUpgrade: options.serveUpgrade ?? ((_req, socket) => socket.destroy()),
    metrics,
    log,
    now,
  });
  const { port } = await listener.listen(0, '127.0.0.1');
  return {
    port,
    origin: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    recorded,
    flip: (rows, defaultStage = 'legacy') => {
      table = snapshotOf(rows, defaultStage, options.timeoutMs ?? 10_000, table.version + 1);
    },
    close: async () => {
      await listener.close();
      await forwarder.close();
    },
  };
}

function addressOf(legacy: string | LegacyAddress): LegacyAddress {
  return typeof legacy === 'string' ? { url: legacy, ca: '', pin: '', serverName: '' } : legacy;
}

function snapshotOf(rows: readonly RowUnderTest[], stage: Stage, timeoutMs: number, version: number): TableSnapshot {
  const routes = rows.map((row) => rowOf(row, timeoutMs));
  const rules = routes.flatMap((row) => row.matches.map((match) => ({ ...match, endpoint: row })));
  return {
    version,
    digest: '',
    profile: 'open',
    routes,
    groups: new Map(),
    defaultRow: rowOf({ id: 'default', match: '* /', stage }, timeoutMs),
    sockets: { stage: 'legacy', relay: true, events: new Map() },
    background: [],
    urlMap: buildUrlMap(rules),
  };
}

function rowOf(row: RowUnderTest, timeoutMs: number): RouteRow {
  const [methods = '*', rule = '/'] = row.match.split(' ');
  return routeRow({
    id: row.id ?? row.match,
    matches: [{ methods: methods === '*' ? '*' : methods.split('|'), rule }],
    stage: row.stage ?? 'legacy',
    access: row.access ?? 'public',
    canary: row.canary,
    fallback: row.fallback ?? (row.stage === 'retired' ? 'none' : 'legacy'),
    timeoutMs: row.timeoutMs ?? timeoutMs,
    sample: row.sample ?? 100,
    askLegacyAgain: row.askLegacyAgain ?? true,
  });
}

function recordingMetrics(recorded: Recorded): FacadeMetrics {
  return {
    requestFinished: (row, answeredBy, status, _seconds, bytesUp, bytesDown) =>
      recorded.finished.push({ row, answeredBy, status, bytesUp, bytesDown }),
    forwardFailed: (_row, _side, code) => recorded.failed.push(code),
    fellBack: (_row, code) => recorded.fellBack.push(code),
    breakerChanged: (row, state) => recorded.breakers.push(`${row} ${state}`),
    accessJudged: (row, outcome) => recorded.judged.push(`${row} ${outcome}`),
    overrideServed: (row, answeredBy, status) => recorded.overridden.push(`${row} ${answeredBy} ${status}`),
    overrideIgnored: (reason) => recorded.overridesIgnored.push(reason),
    guardTripped: () => undefined,
    alertFailed: () => undefined,
    alertSettled: () => undefined,
    refused: (code) => recorded.refused.push(code),
    socketOpened: () => undefined,
    socketClosed: () => undefined,
  };
}

function recordingLog(recorded: Recorded): Log {
  const at = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    recorded.logged.push({ level, message, fields });
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
