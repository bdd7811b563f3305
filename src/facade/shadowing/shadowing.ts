/**
 * Copies of requests for the other side, and dry runs, to be compared. Never answers a client, never fails a request, and does
 * less and less while the facade has no time for it.
 */
import type { EffectsObserver } from '../../legacy-bridge/effects/effects-observer.js';
import { Breakers } from '../decision/breakers.js';
import type { CopyPlan, Decision } from '../decision/decision.js';
import type { SideTarget } from '../forwarding/side-target.js';
import type { Incoming } from '../listener/incoming.js';
import type { Log } from '../logging/log.js';
import type { ShadowMetrics, ShadowState } from '../metrics/shadow-metrics.js';
import type { EventShadow } from '../sockets/split/event-shadow.js';
import { comparedRows, isTask } from '../table/compared-rows.js';
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
import { Afterwards } from './afterwards.js';
import { ByteBudget } from './byte-budget.js';
import { compareRead } from './compare-read.js';
import { compareWrite } from './compare-write.js';
import type { Comparing } from './comparing.js';
import { ComparisonQueue } from './comparison-queue.js';
import { CopyQueue } from './copy-queue.js';
import { DryRunEngine, type DryRunEngineOptions } from './dry-run-engine.js';
import { EventComparisons } from './event-comparisons.js';
import { LoadShedder } from './load-shedder.js';
import { type Companion, drop, noteFault, type ShadowParts, type Subject } from './shadow-parts.js';
import type { ShadowSettings } from './shadow-settings.js';
import { UnableRoutes } from './unable-routes.js';
import type { WriteLedger } from './write-ledger.js';

export interface ShadowingOptions {
  readonly settings: ShadowSettings;
  /** With connections of their own; closed by `close`. A reason where there is no engine for dry runs. */
  readonly engine: DryRunEngineOptions['target'];
  /** Asked of each engine that becomes ready. */
  readonly knowsDryRuns: DryRunEngineOptions['knows'];
  readonly legacy: SideTarget;
  readonly observer: EffectsObserver | undefined;
  readonly comparing: Comparing;
  readonly ledger: WriteLedger;
  readonly metrics: ShadowMetrics;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly wallClock: () => number;
  /** 0 up to 1. */
  readonly random: () => number;
}

export interface Shadowing {
  /**
   * To be called when a side was chosen and before it is asked. Neither throws nor rejects: no request may fail by it.
   * @returns what goes with the request; a promise where the request has to wait for a dry run; undefined where nothing is compared
   */
  accompany(incoming: Incoming, decision: Decision): Companion | Promise<Companion> | undefined;
  /** For the packet bridge. */
  readonly events: EventShadow;
  readonly ledger: WriteLedger;
  state(): ShadowState;
  /** Rows with routes that the engine can't dry-run, with its reasons. */
  unable(): ReadonlyMap<string, string>;
  /** To be told when an engine takes requests, and when it no longer does. Forgets what was known of the one before. */
  engineChanged(ready: boolean): void;
  /**
   * To be told the table at the start and at each change. Forgets what was known of rows that moved; wakes the observer of
   * effects where rows compare writes, so that no request waits for its thread to start.
   */
  tableIs(next: TableSnapshot, previous?: TableSnapshot): void;
  /** Drops what waits, ends connections; to be called when no request is under way any more. */
  close(): Promise<void>;
}

/** Copies to the engine that fail in a row until it is left alone for a while: a client may have waited for each of them. */
const BREAKER = { failures: 3, openMs: 5000 } as const;
/**
 * First reads of a row, since the facade started, of which the legacy is asked twice in any case. What is not yet known for noise counts
 * as a mismatch for as long as the evidence lasts: by the share alone a row would begin with a hundred of them.
 */
const FIRST_ASKED = 20;
/** Longest wait for the last comparisons when the facade stops. */
const LAST_COMPARISONS_MS = 1000;

export function createShadowing(options: ShadowingOptions): Shadowing {
  const parts = partsOf(options);
  parts.shedder.watch();
  let tableVersion = 0;
  return {
    accompany: (incoming, decision) =>
      decision.copy === undefined ? undefined : accompanySafely(parts, { incoming, decision }, decision.copy),
    events: new EventComparisons({ parts, tableVersion: () => tableVersion }),
    ledger: options.ledger,
    state: () => ({
      waiting: parts.queues.engine.waiting + parts.queues.legacy.waiting,
      underWay: parts.queues.engine.underWay + parts.queues.legacy.underWay + parts.dryRuns.underWay,
      uncompared: parts.comparisons.waiting,
      bufferedBytes: parts.budget.used,
      share: parts.shedder.share,
    }),
    unable: () => parts.unable.all(),
    engineChanged: (ready) => {
      parts.engine.changed(ready);
      if (!ready) return;
      parts.breakers.resetAll();
      parts.unable.reset();
    },
    tableIs: (next, previous) => {
      tableVersion = next.version;
      tableIs(parts, next, previous);
    },
    close: () => close(parts),
  };
}

function partsOf(options: ShadowingOptions): ShadowParts {
  const { settings, now, log, random } = options;
  const queue = (concurrency: number): CopyQueue =>
    new CopyQueue({ concurrency, most: settings.queue, maxWaitMs: settings.maxWaitMs, now, log });
  const { maxLagMs, maxBusyPercent, maxCoreWaitPercent } = settings;
  const shedder = new LoadShedder({ maxLagMs, maxBusyPercent, maxCoreWaitPercent, random });
  return {
    ...options,
    engine: new DryRunEngine({ target: options.engine, knows: options.knowsDryRuns, log }),
    budget: new ByteBudget(settings.maxBufferedBytes),
    shedder,
    queues: { engine: queue(settings.connections), legacy: queue(settings.legacyConnections) },
    afterwards: new Afterwards(),
    comparisons: new ComparisonQueue(() => shedder.share < 1),
    breakers: new Breakers({ ...BREAKER, now, log: ofCopies(log), metrics: { breakerChanged: () => undefined } }),
    unable: new UnableRoutes(log),
    dryRuns: { underWay: 0 },
    askedAgain: new Map(),
  };
}

/** Breakers of copies are not those of clients' requests: their lines must not be taken for them. */
function ofCopies(log: Log): Log {
  const named =
    (write: Log['info']): Log['info'] =>
    (message, fields) =>
      write(`copies: ${message}`, fields);
  return { debug: named(log.debug), info: named(log.info), warn: named(log.info), error: named(log.error) };
}

function accompanySafely(parts: ShadowParts, subject: Subject, plan: CopyPlan): ReturnType<typeof accompany> {
  try {
    return accompany(parts, subject, plan);
  } catch (error) {
    noteFault(parts, subject, error);
    return undefined;
  }
}

function accompany(parts: ShadowParts, subject: Subject, plan: CopyPlan): Companion | Promise<Companion> | undefined {
  if (!isSampled(parts, plan)) return undefined;
  if (!parts.shedder.admits()) {
    drop(parts, subject, 'loop_busy');
    return undefined;
  }
  if (parts.comparisons.waiting >= parts.settings.queue) {
    drop(parts, subject, 'queue_full');
    return undefined;
  }
  if (plan.kind === 'write') return compareWrite(parts, subject);
  const { head, req } = subject.incoming;
  // A copy carries no body: a safe request that has one would be another request without it.
  if (head.bodyLength !== 0) {
    drop(parts, subject, 'read_with_body');
    return undefined;
  }
  const onceOnly = req.headers.dpop !== undefined;
  if (plan.to === 'legacy' && onceOnly) {
    drop(parts, subject, 'one_use_proof');
    return undefined;
  }
  return compareRead(parts, subject, plan, !onceOnly && asksAgain(parts, subject, plan));
}

function isSampled({ random, settings }: ShadowParts, { percent, wayBack }: CopyPlan): boolean {
  const share = wayBack ? (percent * settings.wayBackPercent) / 100 : percent;
  return share >= 100 || random() * 100 < share;
}

function asksAgain(
  { random, settings, askedAgain }: ShadowParts,
  { incoming, decision: { row } }: Subject,
  { to }: CopyPlan,
): boolean {
  if (to !== 'engine' || incoming.method !== 'GET' || !row.askLegacyAgain || settings.noisePercent === 0) return false;
  const asked = askedAgain.get(row.id) ?? 0;
  if (asked < FIRST_ASKED) askedAgain.set(row.id, asked + 1);
  return asked < FIRST_ASKED || random() * 100 < settings.noisePercent;
}

function tableIs(
  { breakers, observer, log }: ShadowParts,
  next: TableSnapshot,
  previous: TableSnapshot | undefined,
): void {
  const before = new Map((previous === undefined ? [] : comparedRows(previous)).map((row) => [row.id, row.stage]));
  const rows = comparedRows(next).filter((row) => row.id !== next.defaultRow.id && !isTask(row));
  for (const { id, stage } of rows) if (before.get(id) !== stage) breakers.reset(id);
  const comparesWrites = ({ stage }: RouteRow): boolean => stage === 'shadow' || stage === 'canary';
  if (observer === undefined || !rows.some(comparesWrites)) return;
  observer
    .open()
    .then((observation) => observation.close())
    .catch((error: unknown) => log.warn('effects unseen', { cause: String(error) }));
}

async function close({
  afterwards,
  queues,
  comparisons,
  shedder,
  engine,
  legacy,
  observer,
}: ShadowParts): Promise<void> {
  afterwards.close();
  queues.engine.close();
  queues.legacy.close();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LAST_COMPARISONS_MS);
  });
  await Promise.race([comparisons.settled(), late]);
  clearTimeout(timer);
  shedder.close();
  await Promise.all([engine.close(), legacy.close(), observer?.close()]);
}
