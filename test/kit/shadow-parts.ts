/**
 * What shadowing is made of, for tests of its pieces: requests as a listener takes them, an engine on a socket that answers as
 * told, and everything told or dropped written down. A legacy is not needed: tests say themselves what came of it.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { ComparisonInput } from '../../src/facade/comparing/comparison.js';
import type { DropReason } from '../../src/facade/comparing/drop-reason.js';
import { Breakers } from '../../src/facade/decision/breakers.js';
import { ForwardError } from '../../src/facade/forwarding/forward-error.js';
import type { ForwardResult } from '../../src/facade/forwarding/forward-result.js';
import { engineTarget, legacyTarget } from '../../src/facade/forwarding/side-target.js';
import { trustedProxies } from '../../src/facade/forwarding/trusted-proxies.js';
import { acceptRequest } from '../../src/facade/listener/accept-request.js';
import { Afterwards } from '../../src/facade/shadowing/afterwards.js';
import { ByteBudget } from '../../src/facade/shadowing/byte-budget.js';
import { ComparisonQueue } from '../../src/facade/shadowing/comparison-queue.js';
import { CopyQueue } from '../../src/facade/shadowing/copy-queue.js';
import { DryRunEngine } from '../../src/facade/shadowing/dry-run-engine.js';
import { LoadShedder } from '../../src/facade/shadowing/load-shedder.js';
import type { Companion, ShadowParts, Subject } from '../../src/facade/shadowing/shadow-parts.js';
import { UnableRoutes } from '../../src/facade/shadowing/unable-routes.js';
import { WriteLedger } from '../../src/facade/shadowing/write-ledger.js';
import { TEST_LIMITS } from './facade-under-test.js';
import { routeRow } from './route-row.js';
import { blindObserver, dryRunOf, NO_DIFFERENCE, SHADOW_SETTINGS } from './shadow-world.js';
import { type LogEntry, recordingLog } from './silent-log.js';
import { json, type Reply, startUpstream, type Upstream } from './upstream.js';

export interface PartsOptions {
  readonly engine?: string | Reply;
  readonly legacy?: string | Reply;
  readonly over?: Partial<ShadowParts>;
  readonly engineBuild?: () => string | undefined;
  readonly settings?: Partial<ShadowParts['settings']>;
}

export interface PartsWorld {
  readonly parts: ShadowParts;
  readonly engine: Upstream;
  readonly legacy: Upstream;
  readonly drops: DropReason[];
  /** Milliseconds after which engines were given up, as the sink is told. */
  readonly givenUpAfter: number[];
  readonly compared: ComparisonInput[];
  readonly logged: readonly LogEntry[];
  readonly snapshots: { taken: number; ended: number };
  /** Moves the clock of breakers and queues. */
  advance(ms: number): void;
  /** A request as the listener hands it on; its body arrives as a client would send it. */
  subject(method: string, target: string, body?: string, headers?: Record<string, string>): Promise<Subject>;
  close(): Promise<void>;
}

export async function startParts(options: PartsOptions = {}): Promise<PartsWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'shadow-parts-'));
  const socketPath = join(directory, 'engine.sock');
  const engine = await startUpstream(options.engine ?? dryRunOf(), { listen: socketPath });
  const legacy = await startUpstream(options.legacy ?? json({ from: 'legacy' }));
  const limits = { ...TEST_LIMITS, sideConnections: 8 };
  const clients = await startClients();
  const drops: DropReason[] = [];
  const givenUpAfter: number[] = [];
  const compared: ComparisonInput[] = [];
  const snapshots = { taken: 0, ended: 0 };
  const log = recordingLog();
  let skipped = 0;
  const now = (): number => performance.now() + skipped;
  const queue = (): CopyQueue => new CopyQueue({ concurrency: 2, most: 4, maxWaitMs: 1000, now, log });
  const parts: ShadowParts = {
    settings: { ...SHADOW_SETTINGS, ...options.settings },
    engine: new DryRunEngine({ target: engineTarget({ socketPath }, limits), knows: async () => true, log }),
    legacy: legacyTarget({ url: legacy.origin, ca: '', pin: '', serverName: '' }, limits),
    observer: blindObserver(snapshots),
    comparing: {
      compare: (input) => {
        compared.push(input);
        return NO_DIFFERENCE;
      },
      learnNoise: () => undefined,
      sink: {
        record: () => undefined,
        dropped: (_row, _reason, engineMs) => {
          if (engineMs !== undefined) givenUpAfter.push(engineMs);
        },
      },
      engineBuild: options.engineBuild ?? (() => 'build-1'),
    },
    ledger: new WriteLedger(() => 0),
    budget: new ByteBudget(1_048_576),
    shedder: new LoadShedder({ maxLagMs: 60_000, maxBusyPercent: 100, maxCoreWaitPercent: 100, random: () => 0 }),
    queues: { engine: queue(), legacy: queue() },
    afterwards: new Afterwards(),
    comparisons: new ComparisonQueue(() => false),
    breakers: new Breakers({ failures: 1, openMs: 1000, now, log, metrics: { breakerChanged: () => undefined } }),
    unable: new UnableRoutes(log),
    dryRuns: { underWay: 0 },
    askedAgain: new Map(),
    metrics: {
      compared: () => undefined,
      comparisonDropped: (_row, reason) => drops.push(reason),
      dryRunFinished: () => undefined,
    },
    log,
    now,
    wallClock: Date.now,
    random: () => 0,
    ...options.over,
  };
  parts.engine.changed(true);
  return {
    ...{ parts, engine, legacy, drops, givenUpAfter, compared, snapshots },
    logged: log.entries,
    advance: (ms) => {
      skipped += ms;
    },
    subject: (...asked) => clients.subject(...asked),
    close: async () => {
      await clients.close();
      await Promise.all([parts.legacy.close(), parts.engine.close()]);
      await Promise.all([engine.close(), legacy.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Lets the legacy answer the client by way of the companion, as forwarding does. */
export function answerBy(companion: Companion, body = '{"from":"legacy"}'): void {
  companion.tap?.onHead?.(200, ['Content-Type', 'application/json']);
  companion.tap?.onChunk?.(Buffer.from(body));
  companion.finished(ANSWERED);
}

const ANSWERED: ForwardResult = { outcome: 'answered', status: 200, headMs: 1, bytesUp: 0, bytesDown: 0 };

/** A client that left. */
export function leaveBy(companion: Companion): void {
  companion.finished({
    outcome: 'failed',
    error: new ForwardError('client_gone', 'legacy'),
    ...{ answerStarted: false, neverSent: false, bodyConsumed: true, bytesUp: 0, bytesDown: 0 },
  });
}

/** Turns the event loop until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

interface Clients {
  readonly subject: PartsWorld['subject'];
  close(): Promise<void>;
}

async function startClients(): Promise<Clients> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accept = { secure: false, trusted: trustedProxies([]), now: () => performance.now() };
  return {
    subject: async (method, path, body = '', headers = {}) => {
      const client = request({ port, host: '127.0.0.1', method, path, headers });
      // Its answer never comes: the server is closed instead.
      client.on('error', () => undefined);
      client.end(body);
      const [req, res] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
      const incoming = acceptRequest(req, res, false, accept);
      if (typeof incoming === 'string') throw new TypeError(`refused: ${incoming}`);
      const row = routeRow({ id: 'row', stage: 'shadow' });
      const decision = {
        row,
        tableVersion: 1,
        side: 'legacy',
        reason: '',
        override: undefined,
        mayFallBack: false,
        copy: { to: 'engine', kind: SAFE.has(method) ? 'read' : 'write', percent: 100, wayBack: false },
      } as const;
      return { incoming, decision };
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
