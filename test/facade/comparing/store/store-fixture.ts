/** A store of comparisons on a real facade.db, and comparisons to put into it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  CapturedAnswer,
  ComparedRequest,
  ComparisonInput,
  ComparisonResult,
  Difference,
} from '../../../../src/facade/comparing/comparison.js';
import type { Redactor } from '../../../../src/facade/comparing/redaction/redactor.js';
import {
  ComparisonStore,
  type ComparisonStoreOptions,
} from '../../../../src/facade/comparing/store/comparison-store.js';
import { EVIDENCE_LIMITS, type EvidenceLimits } from '../../../../src/facade/comparing/store/evidence-limits.js';
import { pairDocument } from '../../../../src/facade/comparing/store/pair-document.js';
import { type FacadeDb, openFacadeDb } from '../../../../src/facade/store/facade-db.js';
import type { RouteRow, TableSnapshot } from '../../../../src/facade/table/table-snapshot.js';
import { routeRow } from '../../../kit/route-row.js';
import { recordingLog } from '../../../kit/silent-log.js';

/** Takes a known word out; what secrets look like is the real one's business, and tested there. */
export function wordRedactor(secret: string): Redactor {
  const text = (value: string) => value.replaceAll(secret, '[redacted:word:00000000]');
  const json = (value: unknown): unknown => JSON.parse(text(JSON.stringify(value)));
  const body = (bytes: Buffer) => ({
    form: bytes.length === 0 ? ('empty' as const) : ('text' as const),
    text: text(bytes.toString('utf8')),
    size: bytes.length,
    cut: false,
  });
  const headers: Redactor['headers'] = (list) => list.map(([name, value]) => [name, text(value)] as const);
  return {
    request: ({ row, body: bytes, headers: list, target, ...rest }) => ({
      ...rest,
      rowId: row.id,
      target: text(target),
      headers: headers(list),
      body: body(bytes),
    }),
    answer: (answer) => ({ status: answer.status, headers: headers(answer.headers), body: body(answer.body) }),
    effects: (effects) => json(effects) as typeof effects,
    target: text,
    headers,
    json,
    text,
  };
}

export interface StoreFixture {
  readonly store: ComparisonStore;
  readonly db: FacadeDb;
  readonly file: string;
  readonly log: ReturnType<typeof recordingLog>;
  /** May be changed between comparisons. */
  readonly state: { rows: RouteRow[]; build: string | undefined; now: number };
  record(parts?: ComparisonParts, times?: number): void;
  close(): Promise<void>;
}

export interface FixtureOptions {
  readonly rows?: readonly RouteRow[];
  readonly limits?: Partial<EvidenceLimits>;
  readonly redactor?: Redactor;
  readonly document?: ComparisonStoreOptions['document'];
  readonly directory?: string;
}

export function openStore(options: FixtureOptions = {}): StoreFixture {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'comparisons-'));
  const file = join(directory, 'facade.db');
  const db = openFacadeDb(file);
  const log = recordingLog();
  const state: StoreFixture['state'] = {
    rows: [...(options.rows ?? [ROW])],
    build: 'build-1',
    now: Date.parse('2026-01-10T12:00:00Z'),
  };
  const redactor = options.redactor ?? wordRedactor('no such secret');
  const store = new ComparisonStore({
    file,
    log,
    limits: { ...EVIDENCE_LIMITS, ...options.limits },
    redactor,
    document: options.document ?? (async (input, result) => pairDocument(input, result, undefined, redactor)),
    table: () => snapshot(state.rows),
    engineBuild: () => state.build,
    now: () => state.now,
    // Tests hand over when they want to.
    flushMs: 3_600_000,
  });
  return {
    ...{ store, db, file, log, state },
    record: (parts = {}, times = 1) => {
      for (let time = 0; time < times; time += 1) {
        const whole = { at: state.now, row: state.rows[0] ?? ROW, ...parts };
        store.record(comparisonOf(whole), resultOf(whole));
      }
    },
    close: async () => {
      await store.close();
      db.close();
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

export const ROW = routeRow({
  id: 'devices',
  stage: 'shadow',
  matches: [{ methods: ['GET'], rule: '/api/devices' }],
});

export function snapshot(rows: readonly RouteRow[]): TableSnapshot {
  const sockets = { stage: 'legacy', relay: true, events: new Map() };
  const defaultRow = routeRow({ id: 'default' });
  return { version: 1, routes: rows, sockets, defaultRow, background: [] } as unknown as TableSnapshot;
}

/** What is special about a comparison. */
export interface ComparisonParts extends Partial<ComparedRequest> {
  readonly verdict?: ComparisonResult['verdict'];
  readonly reason?: ComparisonResult['reason'];
  readonly differences?: readonly Difference[];
  readonly used?: ComparisonResult['used'];
  readonly notSeen?: ComparisonResult['notSeen'];
  readonly engineBuild?: string;
  readonly status?: number;
  readonly engineStatus?: number;
  readonly answer?: string;
  readonly engineAnswer?: string;
  readonly answeredBy?: ComparisonInput['answeredBy'];
  readonly legacyMs?: number;
  readonly engineMs?: number;
  readonly effects?: ComparisonInput['effects'];
}

export function comparisonOf(parts: ComparisonParts): ComparisonInput {
  const status = parts.status ?? 200;
  const answered = (code: number, text: string, ms: number) =>
    ({ outcome: 'answered', answer: answer(code, text), ms }) as const;
  return {
    request: {
      requestId: 'r-1',
      at: 0,
      row: ROW,
      tableVersion: 1,
      method: 'GET',
      target: '/api/devices?limit=5',
      headers: [['accept', 'application/json']],
      body: Buffer.alloc(0),
      caller: 'operator',
      ...requestParts(parts),
    },
    kind: parts.effects === undefined ? 'read' : 'write',
    answeredBy: parts.answeredBy ?? 'legacy',
    legacy: answered(status, parts.answer ?? '{"a":1}', parts.legacyMs ?? 10),
    engine: answered(parts.engineStatus ?? status, parts.engineAnswer ?? '{"a":1}', parts.engineMs ?? 4),
    effects: parts.effects,
    engineBuild: parts.engineBuild,
  };
}

function requestParts(parts: ComparisonParts): Partial<ComparedRequest> {
  const names = ['requestId', 'at', 'row', 'tableVersion', 'method', 'target', 'headers', 'body', 'caller'] as const;
  return Object.fromEntries(names.flatMap((name) => (parts[name] === undefined ? [] : [[name, parts[name]]])));
}

function answer(status: number, text: string): CapturedAnswer {
  return { status, headers: [['content-type', 'application/json']], body: Buffer.from(text) };
}

export function difference(path: string, kind: Difference['kind'] = 'value'): Difference {
  return { kind, path, legacy: '1', engine: '2' };
}

export function resultOf({
  verdict,
  differences = [],
  reason,
  used = [],
  notSeen = [],
}: ComparisonParts): ComparisonResult {
  return {
    verdict: verdict ?? (differences.length > 0 ? 'mismatch' : reason === undefined ? 'match' : 'inconclusive'),
    ...{ reason, differences, used, passed: [], notSeen, expiredRules: [] },
    untold: { differences: 0, passed: 0 },
  };
}
