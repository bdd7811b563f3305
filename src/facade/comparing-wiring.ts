/** Makes what compares and keeps comparisons, from settings and from each other's parts. Decides nothing. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { EffectsObserver } from '../legacy-bridge/effects/effects-observer.js';
import { startEffectsObserver } from '../legacy-bridge/effects/start-effects-observer.js';
import type { FacadeAccess } from './access/open-access.js';
import type { AdminComparisons } from './admin/admin-comparisons.js';
import type { ClosingStack } from './closing-stack.js';
import { compareAside, learnAside } from './comparing/compare-aside.js';
import type { Comparer } from './comparing/comparer.js';
import { createComparer } from './comparing/create-comparer.js';
import { KeptNoise } from './comparing/noise/kept-noise.js';
import { createRedactor } from './comparing/redaction/create-redactor.js';
import type { Redactor, RedactorOptions } from './comparing/redaction/redactor.js';
import { callerIdentifier } from './comparing/replay/caller-identity.js';
import { freshCredentials } from './comparing/replay/fresh-credentials.js';
import { type ReplayParts, replayPairs } from './comparing/replay/replay-pairs.js';
import { runAtEngine } from './comparing/replay/run-at-engine.js';
import { ComparisonStore } from './comparing/store/comparison-store.js';
import { ComparingThread } from './comparing/thread/comparing-thread.js';
import { type EngineSupervisor, UNKNOWN_BUILD } from './engine-process/engine-supervisor.js';
import type { SideTarget } from './forwarding/side-target.js';
import type { Guard } from './guard/guard.js';
import { guardedSink } from './guard/guarded-sink.js';
import type { Log } from './logging/log.js';
import type { FacadeSettings } from './settings/settings.js';
import type { Comparing } from './shadowing/comparing.js';
import { observerOptions } from './shadowing/observer-options.js';
import type { MigrationTableStore } from './table/migration-table-store.js';

export interface ComparingSurroundings {
  readonly settings: FacadeSettings;
  readonly stateDirectory: string;
  readonly table: MigrationTableStore;
  readonly access: FacadeAccess;
  readonly guard: Guard;
  readonly log: Log;
}

export interface OpenComparing {
  readonly comparing: Comparing;
  readonly observer: EffectsObserver | undefined;
  readonly store: ComparisonStore;
  /** For the admin API. */
  comparisons(): AdminComparisons;
  /** Tells where the engine is, once that is known: whose build is compared, and who replays. */
  connect(engine: SideTarget, supervisor: EngineSupervisor): void;
}

export function openComparing(surroundings: ComparingSurroundings, opened: ClosingStack): OpenComparing {
  const { settings, stateDirectory, table, access, guard, log } = surroundings;
  const redaction = redactionOf(settings);
  const redactor = createRedactor(redaction);
  let supervised: EngineSupervisor | undefined;
  let replay: AdminComparisons['replay'];
  const engineBuild = (): string | undefined =>
    settings.engine.mode === 'spawn' ? supervised?.state().build : UNKNOWN_BUILD;
  const identify = callerIdentifier(access.secret);
  const thread = opened.add(new ComparingThread(redaction), (open) => open.close());
  const store = opened.add(
    new ComparisonStore({
      file: join(stateDirectory, 'facade.db'),
      limits: settings.evidence,
      redactor,
      document: (input, result) => thread.document(input, result, identify(input.request)),
      table: () => table.current(),
      engineBuild,
      movedBack: (row) => guard.lastMoveBack(row),
      log,
      now: Date.now,
    }),
    (open) => open.close(),
  );
  const comparer = createComparer({ redactor, now: Date.now });
  const noise = opened.add(new KeptNoise({ store, redactor, log, now: Date.now }), (kept) => kept.close());
  void noise.load();
  const aside = { comparer, thread, noise };
  const comparing: Comparing = {
    compare: (input) => compareAside(aside, input),
    learnNoise: (request, first, second) => learnAside(aside, request, first, second),
    sink: guardedSink(store, guard),
    engineBuild,
  };
  return {
    comparing,
    observer: access.places && startEffectsObserver(observerOptions(access.places.databaseFile, settings.shadow)),
    store,
    comparisons: () => ({ ...adminComparisons(store), replay }),
    connect: (engine, supervisor) => {
      supervised = supervisor;
      replay = replayAt(engine, { table, access, comparer, redactor, store });
    },
  };
}

interface ReplaySurroundings extends Pick<ComparingSurroundings, 'table' | 'access'> {
  readonly comparer: Comparer;
  readonly redactor: Redactor;
  readonly store: Pick<ComparisonStore, 'pair'>;
}

function replayAt(
  engine: SideTarget,
  { table, access, comparer, redactor, store }: ReplaySurroundings,
): NonNullable<AdminComparisons['replay']> {
  const parts: ReplayParts = {
    run: runAtEngine(engine),
    credentials: freshCredentials({
      jwtKeyFile: access.places?.layout.jwtKeyFile,
      secret: access.secret,
      now: Date.now,
    }),
    comparer,
    redactor,
    rowOf: (id) => {
      const { routes, defaultRow } = table.current();
      return id === defaultRow.id ? defaultRow : routes.find((row) => row.id === id);
    },
    pairOf: (id) => store.pair(id),
    now: Date.now,
  };
  return (pairs, signal) => replayPairs(pairs, parts, signal);
}

/** Digests are keyed anew by each process: nobody who reads facade.db can guess at what was taken out. */
function redactionOf({ evidence: { redactHeaders, redactKeys, redactPatterns } }: FacadeSettings): RedactorOptions {
  return {
    key: randomBytes(32),
    headers: redactHeaders.map((name) => name.toLowerCase()),
    keys: redactKeys,
    patterns: redactPatterns.map((pattern) => ({ kind: 'configured', pattern: new RegExp(pattern, 'g') })),
  };
}

function adminComparisons(store: ComparisonStore): Omit<AdminComparisons, 'replay'> {
  return {
    health: () => store.health(),
    evidence: () => store.evidence(),
    evidenceOf: (row) => store.evidenceOf(row),
    judge: (row, evidence) => store.judge(row, evidence),
    pairs: (filter) => store.pairs(filter),
    wholePairs: (filter) => store.wholePairs(filter),
    pair: (id) => store.pair(id),
  };
}
