/** The facade's socket path in this process: the real listener, forwarder and sockets in front of given sides, on port 0. */

import { EventEmitter, once } from 'node:events';
import { DEFAULT_COMPARE_RULES } from '../../src/facade/comparing/rules/compare-rules.js';

import { createForwarder } from '../../src/facade/forwarding/forwarder.js';
import { engineTarget, legacyTarget } from '../../src/facade/forwarding/side-target.js';
import { trustedProxies } from '../../src/facade/forwarding/trusted-proxies.js';
import { createPublicListener } from '../../src/facade/listener/public-listener.js';
import type { EventMetrics } from '../../src/facade/metrics/event-metrics.js';
import type { FacadeMetrics } from '../../src/facade/metrics/facade-metrics.js';
import { engineDialer, legacyDialer } from '../../src/facade/sockets/side-dialer.js';
import { createSockets, type Sockets, type SocketsOptions } from '../../src/facade/sockets/sockets-handler.js';
import { DEFAULT_SPLIT_SETTINGS, type SplitSettings } from '../../src/facade/sockets/split/split-settings.js';
import { GATE_DEFAULTS } from '../../src/facade/table/gate-config.js';
import { GUARD_DEFAULTS } from '../../src/facade/table/guard-config.js';
import type { SocketsStage } from '../../src/facade/table/stage.js';
import type { EventRow } from '../../src/facade/table/table-snapshot.js';
import { openCertificateSource } from '../../src/facade/tls/certificate-source.js';
import type { LegacyAddress } from '../../src/legacy-bridge/dialling/legacy-address.js';
import { recordingLog } from './silent-log.js';

export interface SocketFacadeOptions {
  readonly legacy: Partial<LegacyAddress> & Pick<LegacyAddress, 'url'>;
  readonly engine?: { readonly url: string } | { readonly socketPath: string };
  readonly stage?: SocketsStage;
  /** Rows of events; default none. */
  readonly events?: readonly EventRow[];
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Default 0: any free port. */
  readonly port?: number;
  readonly sockets?: Partial<Pick<SocketsOptions, 'settleMs' | 'limits' | 'clock' | 'mostSessions' | 'servedBy'>>;
  readonly split?: Partial<SplitSettings>;
}

export interface SocketFacade {
  readonly port: number;
  readonly url: string;
  readonly sockets: Sockets;
  readonly log: ReturnType<typeof recordingLog>;
  /** What the metrics were told, as `opened legacy websocket`, `closed legacy polling idle`, `refused code`. */
  readonly counted: readonly string[];
  /** Flips `sockets.stage`. */
  flip(stage: SocketsStage): void;
  /** Puts other event rows in force. */
  flipEvents(rows: readonly EventRow[]): void;
  /** Resolves when as many entries of `counted` begin with this, past or future. */
  told(beginning: string, times?: number): Promise<void>;
  close(): Promise<void>;
}

const SIDE_LIMITS = { connectTimeoutMs: 2_000, sideConnections: 256 };

export async function startSocketFacade(options: SocketFacadeOptions): Promise<SocketFacade> {
  const log = recordingLog();
  const counted: string[] = [];
  const tellings = new EventEmitter().setMaxListeners(0);
  const count = (line: string): void => {
    counted.push(line);
    tellings.emit('count');
  };
  let stage: SocketsStage = options.stage ?? 'legacy';
  let events = rowsByName(options.events ?? []);
  const legacy: LegacyAddress = { ca: '', pin: '', serverName: '', ...options.legacy };
  const dialers = {
    legacy: legacyDialer(legacy),
    engine: options.engine === undefined ? undefined : engineDialer(options.engine),
  };
  const now = (): number => performance.now();
  const forwarder = createForwarder({
    legacy: legacyTarget(legacy, SIDE_LIMITS),
    engine: options.engine === undefined ? undefined : engineTarget(options.engine, SIDE_LIMITS),
    idleBodyMs: 30_000,
    now,
  });
  const sockets = createSockets({
    table: () => ({ sockets: { stage, relay: true, events } }),
    dialer: (side) => dialers[side],
    forwarder,
    servedBy: 'none',
    metrics: countingMetrics(count),
    log,
    split: { ...DEFAULT_SPLIT_SETTINGS, ...options.split },
    // Sockets of tests are young; what spares them has a test of its own.
    settleMs: 0,
    ...options.sockets,
  });
  sockets.tableChanged();
  const tls =
    options.tls === undefined
      ? undefined
      : openCertificateSource({ ...options.tls, minVersion: 'TLSv1.2', log, now: Date.now });
  const listener = createPublicListener({
    now,
    trusted: trustedProxies([]),
    tls,
    limits: {
      headerBytes: 65_536,
      headersTimeoutMs: 10_000,
      idleConnectionMs: 75_000,
      idleBodyMs: 30_000,
      shutdownMs: 1_000,
    },
    pipeline: { serve: async ({ res }) => void res.writeHead(404).end() },
    servePolling: (incoming) => sockets.handlePolling(incoming),
    serveUpgrade: (request, socket, first, head) => sockets.handleUpgrade(request, socket, first, head),
    metrics: { refused: (code) => count(`refused ${code}`) },
    log,
  });
  const { port } = await listener.listen(options.port ?? 0, '127.0.0.1');
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    sockets,
    log,
    counted,
    flip: (next) => {
      stage = next;
      sockets.tableChanged();
    },
    flipEvents: (rows) => {
      events = rowsByName(rows);
    },
    told: async (beginning, times = 1) => {
      while (counted.filter((line) => line.startsWith(beginning)).length < times) await once(tellings, 'count');
    },
    close: async () => {
      await Promise.all([listener.close(), sockets.close()]);
      await forwarder.close();
      tls?.close();
    },
  };
}

function rowsByName(rows: readonly EventRow[]): ReadonlyMap<string, EventRow> {
  return new Map(rows.map((row) => [row.event, row]));
}

/** A row of an event as a test needs it: at the engine, with the legacy as fallback. */
export function eventRow(event: string, fields: Partial<EventRow> = {}): EventRow {
  return {
    id: `event:${event}`,
    event,
    group: undefined,
    stage: 'engine',
    canary: undefined,
    both: false,
    fallback: 'legacy',
    sample: 0,
    requires: [],
    compare: DEFAULT_COMPARE_RULES,
    gate: GATE_DEFAULTS,
    guard: GUARD_DEFAULTS,
    ...fields,
  };
}

function countingMetrics(count: (line: string) => void): FacadeMetrics & EventMetrics {
  const ignore = (): void => {};
  return {
    requestFinished: ignore,
    forwardFailed: (row, side, code) => count(`failed ${row} ${side} ${code}`),
    fellBack: ignore,
    breakerChanged: ignore,
    accessJudged: ignore,
    overrideServed: ignore,
    overrideIgnored: ignore,
    guardTripped: ignore,
    alertFailed: ignore,
    alertSettled: ignore,
    refused: (code) => count(`refused ${code}`),
    socketOpened: (side, transport) => count(`opened ${side} ${transport}`),
    eventHandled: (event, side, fate) => count(`event ${event} ${side} ${fate}`),
    socketLinkChanged: (isUp) => count(`link ${isUp ? 'up' : 'down'}`),
    socketClosed: (side, transport, reason) => count(`closed ${side} ${transport} ${reason}`),
  };
}
