/** What the two ways of comparing, reads and writes, have in common. */
import type { EffectsObserver } from '../../legacy-bridge/effects/effects-observer.js';
import type { ComparisonInput } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { Breakers } from '../decision/breakers.js';
import type { CopyPlan, Decision } from '../decision/decision.js';
import type { AnswerTap } from '../forwarding/forward-exchange.js';
import type { ForwardResult } from '../forwarding/forward-result.js';
import type { TakenBody } from '../forwarding/request-body.js';
import type { SideTarget } from '../forwarding/side-target.js';
import type { Incoming } from '../listener/incoming.js';
import type { Log } from '../logging/log.js';
import type { ShadowMetrics } from '../metrics/shadow-metrics.js';
import type { RouteRow } from '../table/table-snapshot.js';
import type { Afterwards } from './afterwards.js';
import type { ByteBudget } from './byte-budget.js';
import type { Comparing } from './comparing.js';
import type { ComparisonQueue } from './comparison-queue.js';
import type { CopyQueue } from './copy-queue.js';
import type { DryRunEngine } from './dry-run-engine.js';
import type { LoadShedder } from './load-shedder.js';
import type { ShadowSettings } from './shadow-settings.js';
import type { RoutePlace, UnableRoutes } from './unable-routes.js';
import type { WriteLedger } from './write-ledger.js';

export interface ShadowParts {
  readonly settings: ShadowSettings;
  /** Connections of their own: copies never take those of clients' requests. */
  readonly engine: DryRunEngine;
  readonly legacy: SideTarget;
  /** Undefined when the settings do not say where the database is. */
  readonly observer: EffectsObserver | undefined;
  readonly comparing: Comparing;
  readonly ledger: WriteLedger;
  readonly budget: ByteBudget;
  readonly shedder: LoadShedder;
  readonly queues: { readonly engine: CopyQueue; readonly legacy: CopyQueue };
  readonly afterwards: Afterwards;
  readonly comparisons: ComparisonQueue;
  /** Of copies to the engine, by row; not those of clients' requests. */
  readonly breakers: Breakers;
  readonly unable: UnableRoutes;
  readonly dryRuns: { underWay: number };
  /** How often the legacy was asked twice, by row, as long as that is done in any case. */
  readonly askedAgain: Map<string, number>;
  readonly metrics: ShadowMetrics;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly wallClock: () => number;
  /** 0 up to 1. */
  readonly random: () => number;
}

/** One sampled request. */
export interface Subject {
  readonly incoming: Incoming;
  readonly decision: Decision;
}

/** What is told of a subject where it is dropped or fails: requests and events alike. */
export interface NamedSubject {
  readonly decision: {
    readonly row: Pick<RouteRow, 'id'>;
    readonly copy: Pick<CopyPlan, 'kind'> | undefined;
  };
}

export function placeOf({ incoming: { method, path }, decision }: Subject): RoutePlace {
  return { row: decision.row.id, method, path };
}

/** What goes with one request on its way through the pipeline. */
export interface Companion {
  /** Undefined when nothing is compared after all. */
  readonly tap: AnswerTap | undefined;
  /** What was read of the request's body; it must go to the side first. */
  readonly taken: TakenBody | undefined;
  /** To be called once, with what came of the request at the side that it was for. */
  finished(result: ForwardResult): void;
}

export function drop(
  { comparing, metrics, settings }: ShadowParts,
  { decision }: NamedSubject,
  reason: DropReason,
): void {
  metrics.comparisonDropped(decision.row.id, reason);
  const limitMs = decision.copy?.kind === 'write' ? settings.dryRunTimeoutMs : settings.copyTimeoutMs;
  comparing.sink.dropped(decision.row.id, reason, reason === 'engine_timeout' ? limitMs : undefined);
}

/**
 * The build that an engine had which was asked in between.
 * @returns undefined when none was known, or another one ran afterwards, so that nobody can tell whose the answer was
 */
export function buildAsked(before: string | undefined, after: string | undefined): string | undefined {
  return before !== undefined && after !== undefined && before !== after ? undefined : (before ?? after);
}

/** Tells of a fault of the facade's own, by which no request may fail. */
export function noteFault(parts: ShadowParts, subject: NamedSubject, error: unknown): void {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  parts.log.error('comparison failed', { row: subject.decision.row.id, cause });
  drop(parts, subject, 'compare_failed');
}

/**
 * Work that nobody waits for. Whatever becomes of it, it ends neither the request nor the process.
 * @param onFault to give back what the work held when it broke
 */
export function unattended(
  parts: ShadowParts,
  subject: NamedSubject,
  work: () => Promise<void>,
  onFault: () => void,
): void {
  work().catch((error: unknown) => {
    onFault();
    noteFault(parts, subject, error);
  });
}

/**
 * Compares when there is time, then gives the memory back.
 * @param inputs made late, so that their making costs no request anything
 */
export function compareLater(
  parts: ShadowParts,
  subject: NamedSubject,
  work: {
    readonly input: () => ComparisonInput;
    readonly learn?: () => void | Promise<void>;
    readonly release: () => void;
  },
): void {
  parts.comparisons.add(async () => {
    try {
      const input = work.input();
      // First: what shows itself as noise at this request is known when it is compared.
      await work.learn?.();
      const result = await parts.comparing.compare(input);
      parts.metrics.compared(subject.decision.row.id, result.verdict);
      parts.comparing.sink.record(input, result);
    } catch (error) {
      // One pair that breaks it must not end the queue.
      noteFault(parts, subject, error);
    } finally {
      work.release();
    }
  });
}
