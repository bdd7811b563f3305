import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BLIND_JUDGE } from '../../../src/facade/access/access-judge.js';
import type { AdminComparisons } from '../../../src/facade/admin/admin-comparisons.js';
import type { AdminDeps, FacadeStatus, ShownRelay } from '../../../src/facade/admin/admin-deps.js';
import { type AdminServer, createAdminServer } from '../../../src/facade/admin/admin-server.js';
import { ok, problem, report } from '../../../src/facade/admin/check/check-report.js';
import { explainRequest } from '../../../src/facade/admin/explain-request.js';
import { ComparisonStore } from '../../../src/facade/comparing/store/comparison-store.js';
import { EVIDENCE_LIMITS } from '../../../src/facade/comparing/store/evidence-limits.js';
import { pairDocument } from '../../../src/facade/comparing/store/pair-document.js';
import type { BreakerState } from '../../../src/facade/decision/breakers.js';
import { Guard } from '../../../src/facade/guard/guard.js';
import { HoldDowns } from '../../../src/facade/guard/hold-downs.js';
import { PrometheusMetrics } from '../../../src/facade/metrics/prometheus-metrics.js';
import { Overrides } from '../../../src/facade/override/overrides.js';
import { systemSocketClock } from '../../../src/facade/sockets/socket-clock.js';
import { SocketDrain } from '../../../src/facade/sockets/socket-drain.js';
import { SocketRegistry } from '../../../src/facade/sockets/socket-registry.js';
import { type FacadeDb, openFacadeDb } from '../../../src/facade/store/facade-db.js';
import type { MigrationTableStore } from '../../../src/facade/table/migration-table-store.js';
import { openMigrationTable } from '../../../src/facade/table/open-migration-table.js';
import { recordingLog } from '../../kit/silent-log.js';
import { wordRedactor } from '../comparing/store/store-fixture.js';

export const TOKEN = 'test-token-0123456789';
export const METRICS_TOKEN = 'metrics-token-0123456789';

export const TABLE = `version: 1
groups:
  enrollment: { stage: legacy }
routes:
  - { id: health, match: GET /health, stage: legacy }
  - { id: enroll-start, match: POST /api/agent/enroll/request, group: enrollment }
  - { id: enroll-poll, match: POST /api/agent/enroll/poll, group: enrollment }
  - id: devices
    match: "* /api/devices/:hostname"
    stage: canary # as far as we dare
    canary: { percent: 10, by: "header:x-site" }
`;

/** A running admin API on a free port, with the real table, facade.db, sockets registry, drain and metrics behind it. */
export interface AdminFixture {
  readonly url: string;
  readonly server: AdminServer;
  readonly table: MigrationTableStore;
  /** Holds `table.yaml` and facade.db. */
  readonly directory: string;
  readonly store: FacadeDb;
  readonly guard: Guard;
  readonly holds: HoldDowns;
  readonly registry: SocketRegistry;
  readonly metrics: PrometheusMetrics;
  readonly comparisons: ComparisonStore;
  readonly breakers: Map<string, BreakerState>;
  readonly log: ReturnType<typeof recordingLog>;
  readonly state: {
    ready: boolean;
    checkFails: boolean;
    /** The engine can't be asked what it serves. */
    engineSilent: boolean;
    statusThrows: boolean;
    checkedPaths: boolean;
    replay: AdminComparisons['replay'];
    /** Undefined: the facade supervises no engine. */
    scheduler: AdminDeps['scheduler'];
    build: string;
    /** Why the engine must not get requests by an override. */
    unfit: string | undefined;
    /** Of the packet bridge to the engine. */
    link: boolean | undefined;
    relay: ShownRelay | null;
  };
  /** Sends a request with the token, as a program would. */
  call(
    method: string,
    path: string,
    options?: { readonly body?: unknown; readonly headers?: Record<string, string> },
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }>;
  close(): Promise<void>;
}

export async function startAdmin(text = TABLE): Promise<AdminFixture> {
  const metrics = new PrometheusMetrics({ version: '0.0.1', now: () => performance.now() });
  const directory = await mkdtemp(join(tmpdir(), 'facade-admin-'));
  const file = join(directory, 'table.yaml');
  await writeFile(file, text);
  const store = openFacadeDb(join(directory, 'facade.db'));
  const log = recordingLog();
  const holds = new HoldDowns({ memory: store.guard, now: Date.now });
  const tableOptions = { file, history: store.history, log, now: Date.now, pollMs: 1000, holds: holds.check };
  const table = await openMigrationTable(tableOptions);
  const guard = new Guard({
    ...{ table, holds, memory: store.guard, metrics, log, wallClock: Date.now },
    alerts: { tell: () => undefined },
    now: () => performance.now(),
    engineThere: true,
    absence: { excused: false },
    legacyAnswers: () => true,
  });
  const registry = new SocketRegistry({ metrics, wallClock: () => Date.now() });
  const drain = new SocketDrain({ registry, clock: systemSocketClock, wallClock: () => Date.now(), settleMs: 0 });
  const breakers = new Map<string, BreakerState>();
  const state: AdminFixture['state'] = {
    ...{ ready: true, checkFails: false, engineSilent: false, statusThrows: false, checkedPaths: false },
    replay: undefined,
    scheduler: undefined,
    link: undefined,
    relay: null,
    build: 'build-1',
    unfit: undefined,
  };
  const redactor = wordRedactor('planted-secret');
  const comparisons = new ComparisonStore({
    ...{ file: join(directory, 'facade.db'), limits: EVIDENCE_LIMITS, log, now: Date.now },
    redactor,
    document: async (input, result) => pairDocument(input, result, undefined, redactor),
    table: () => table.current(),
    engineBuild: () => state.build,
  });
  const overrides = new Overrides({ key: randomBytes(32), now: Date.now });
  const deps: AdminDeps = {
    table,
    breakers: () => breakers,
    notComparable: () => new Map([['enroll-poll', 'POST: it calls out']]),
    notServed: async () =>
      state.engineSilent ? undefined : new Map([['enroll-start', ['POST /api/agent/enroll/request']]]),
    sharedWarnings: () => (state.engineSilent ? ['the engine has a database of its own'] : []),
    secretWarnings: ['everyone knows the secret'],
    comparisons: adminComparisons(comparisons, () => state.replay),
    explain: (input) => explainRequest(table.current(), input, BLIND_JUDGE, breakers, overrides),
    overrides: { sign: (override) => overrides.sign(override), unfit: async () => state.unfit, now: Date.now },
    audit: {
      list: (limit) => store.audit.listAudit(limit),
      record: (entry) => store.audit.recordAudit({ at: new Date().toISOString(), ...entry }),
    },
    guard: {
      view: () => guard.view(),
      holds: () => holds.list(),
      heldUntil: (row) => holds.untilOf(row),
      release: (target) => void holds.end(target),
    },
    sockets: {
      counts: () => registry.counts(),
      bridged: () => registry.bridgedCounts(),
      link: () => state.link,
      relay: () => state.relay,
      events: () => metrics.eventCounts(),
      list: (filter) => registry.list(filter),
      drain: (request) => drain.drain(request).progress,
      cancelDrain: () => drain.cancel(),
      drainStatus: () => drain.progress(),
    },
    get scheduler() {
      return state.scheduler;
    },
    status: () => {
      if (state.statusThrows) throw new Error('secret detail /etc/shadow');
      return statusOf(table.current().version);
    },
    ready: () => state.ready,
    check: async ({ paths }) => {
      state.checkedPaths = paths;
      return report([
        ok('table', 'table.yaml keeps every rule'),
        ...(state.checkFails ? [problem('legacy', 'http://127.0.0.1:1 cannot be reached', 'Is it running?')] : []),
      ]);
    },
    metrics,
    log,
  };
  const server = createAdminServer(deps, {
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    metricsToken: METRICS_TOKEN,
    version: '0.0.1',
  });
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    server,
    table,
    store,
    guard,
    holds,
    registry,
    metrics,
    comparisons,
    directory,
    breakers,
    log,
    state,
    call: async (method, path, { body, headers = {} } = {}) => {
      const answer = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const json = answer.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
      return { status: answer.status, body: json ? JSON.parse(text) : { text }, headers: answer.headers };
    },
    close: async () => {
      drain.cancel();
      metrics.close();
      await comparisons.close();
      await server.close();
      guard.close();
      await table.close();
      store.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** With the store behind it, as the facade wires it. */
function adminComparisons(store: ComparisonStore, replay: () => AdminComparisons['replay']): AdminComparisons {
  return {
    health: () => store.health(),
    evidence: () => store.evidence(),
    evidenceOf: (row) => store.evidenceOf(row),
    judge: (row, evidence) => store.judge(row, evidence),
    pairs: (filter) => store.pairs(filter),
    wholePairs: (filter) => store.wholePairs(filter),
    pair: (id) => store.pair(id),
    get replay() {
      return replay();
    },
  };
}

export function statusOf(version: number): FacadeStatus {
  return {
    version: '0.0.1',
    state: 'running',
    startedAt: '2026-01-01T00:00:00.000Z',
    uptimeSeconds: 3725.5,
    listen: 'https://0.0.0.0:5000',
    legacy: { url: 'http://127.0.0.1:5001', reachable: false, problem: 'connection refused' },
    engine: {
      mode: 'spawn',
      process: { state: 'ready', pid: 7, restarts: 1, since: '2026-01-01T00:00:00.000Z', lastEnd: 'signal SIGKILL' },
      reachable: true,
      problem: null,
    },
    table: { file: 'table.yaml', version, digest: 'ab12', rejected: null, rowsByStage: { legacy: 4, canary: 1 } },
    tls: {
      names: ['DNS:localhost'],
      notAfter: '2030-01-01T00:00:00.000Z',
      fingerprint: 'AB:CD',
      rejected: null,
    },
    sockets: {
      legacy: { websocket: 2, polling: 0 },
      engine: { websocket: 0, polling: 0 },
      stage: 'legacy',
      bridged: { websocket: 0, polling: 0 },
      link: null,
      relay: null,
    },
    breakers: { devices: 'open' },
    guard: {
      watched: 3,
      blocked: { details: 'the legacy does not answer' },
      holds: [
        {
          ...{ target: 'enrollment', row: 'enroll-poll', cause: 'errors', evidence: '7 of 20 requests failed' },
          ...{ from: 'engine', to: 'shadow' },
          movedAt: '2026-01-01T00:00:00.000Z',
          until: '2026-01-01T00:15:00.000Z',
        },
      ],
    },
    process: {
      pid: 1,
      node: process.version,
      sqlite: '3.53.0',
      residentBytes: 1e8,
      eventLoopLagSeconds: { p50: 0.0001, p99: 0.002 },
    },
  };
}
