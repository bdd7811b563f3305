/**
 * Comparing a write: the engine dry-runs it, then the legacy executes it, once, and its effects are read. The client waits for the
 * dry run, but never beyond `shadow.dryRunTimeoutMs`: then its request goes on and the comparison is dropped.
 */

import type { Effects } from '../../legacy-bridge/effects/effects.js';
import { EffectsError } from '../../legacy-bridge/effects/effects-error.js';
import type { Observation } from '../../legacy-bridge/effects/effects-observer.js';
import { mayEmit } from '../../legacy-bridge/emitting-routes.js';
import type { ComparisonInput, ObservedEffects, SideOutcome } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';
import { rowsBytes } from '../comparing/pair-bytes.js';
import type { ForwardResult } from '../forwarding/forward-result.js';
import type { TakenBody } from '../forwarding/request-body.js';
import type { SideTarget } from '../forwarding/side-target.js';
import type { DryRunOutcome } from '../metrics/shadow-metrics.js';
import { AnswerCapture } from './answer-capture.js';
import { engineOutcome, mostReplyBytes } from './ask-beside.js';
import { comparedRequest } from './compared-request.js';
import { type DryRunResult, startDryRun } from './dry-run-client.js';
import { KeptBytes } from './kept-bytes.js';
import { primaryOutcome } from './primary-outcome.js';
import {
  buildAsked,
  type Companion,
  compareLater,
  drop,
  noteFault,
  placeOf,
  type ShadowParts,
  type Subject,
  unattended,
} from './shadow-parts.js';
import { type TakeResult, takeBody } from './take-body.js';
import { within } from './within.js';
import type { LedgerMark } from './write-ledger.js';

/** A dry run and the snapshot that goes with it, before the legacy is asked. */
interface Prepared {
  readonly at: number;
  readonly mark: LedgerMark;
  /** Somebody wrote, or may have, while the dry run and the snapshot were made: they may have met two states. */
  readonly disturbedEarly: boolean;
  readonly engine: SideOutcome;
  readonly effects: Effects;
  readonly engineNotSeen: readonly string[];
  readonly engineBuild: string;
  readonly observation: Observation;
}

const NOTHING_DONE = { effects: { rows: [], events: [], calls: [] }, notSeen: [] };

/** @returns at once when nothing is compared after all; never rejects */
export function compareWrite(parts: ShadowParts, subject: Subject): Promise<Companion> | undefined {
  const reason = whyNot(parts, subject);
  if (reason === undefined) return prepare(parts, subject);
  drop(parts, subject, reason);
  return undefined;
}

/** Asked before a byte of the body is read. */
function whyNot(
  { engine, settings, unable, dryRuns, observer }: ShadowParts,
  subject: Subject,
): DropReason | undefined {
  const { head, expectsContinue } = subject.incoming;
  const reached = engine.now();
  if (typeof reached === 'string') return reached;
  if (observer === undefined) return 'effects_unseen';
  const unableTo = unable.reasonFor(placeOf(subject));
  if (unableTo !== undefined) return unableTo;
  if (expectsContinue) return 'request_expects';
  if (head.bodyLength !== 'chunked' && head.bodyLength > settings.maxBodyBytes) return 'request_too_large';
  // A request must not wait for a dry run whose effects nobody could look at.
  return dryRuns.underWay >= settings.dryRuns || observer.isFull() ? 'in_flight' : undefined;
}

async function prepare(parts: ShadowParts, subject: Subject): Promise<Companion> {
  const { settings, budget } = parts;
  const { req, head } = subject.incoming;
  const held = new KeptBytes(settings.maxBodyBytes, budget, 'request_too_large');
  const reply = new KeptBytes(mostReplyBytes(settings.maxBodyBytes), budget, 'answer_too_large');
  const release = (): void => {
    for (const kept of [held, reply]) kept.release();
  };
  let taken: TakeResult | undefined;
  parts.dryRuns.underWay += 1;
  try {
    taken = head.bodyLength === 0 ? undefined : await takeBody(req, held, settings.bodyWaitMs);
    const body = taken?.bytes ?? Buffer.alloc(0);
    const prepared = taken?.refused ?? (await askFirst(parts, subject, body, reply));
    if (typeof prepared !== 'string') return withLegacy(parts, subject, prepared, body, taken, [held, reply]);
    release();
    drop(parts, subject, prepared);
  } catch (error) {
    // The client's request must not fail by it: its body, as far as it was read, goes to the legacy all the same.
    release();
    noteFault(parts, subject, error);
  } finally {
    parts.dryRuns.underWay -= 1;
  }
  return onItsOwn(taken);
}

/** The request goes on without being compared. */
function onItsOwn(taken: TakenBody | undefined): Companion {
  return { tap: undefined, taken, finished: () => undefined };
}

async function askFirst(
  parts: ShadowParts,
  subject: Subject,
  body: Buffer,
  reply: KeptBytes,
): Promise<Prepared | DropReason> {
  const until = parts.now() + parts.settings.dryRunTimeoutMs;
  const { engine: side, settings } = parts;
  const engine = side.now() ?? (await within(side.settled(), settings.dryRunTimeoutMs)) ?? 'engine_timeout';
  if (typeof engine === 'string') return engine;
  const admission = parts.breakers.admit(subject.decision.row.id);
  if (!admission.admitted) return 'engine_breaker';
  if (!admission.probe) return run(parts, subject, engine, body, reply, until);
  probe(parts, subject, engine, body);
  return 'engine_breaker';
}

/** Whether the engine is well again is found out beside the request, which does not wait for it. */
function probe(parts: ShadowParts, subject: Subject, engine: SideTarget, body: Buffer): void {
  const reply = new KeptBytes(mostReplyBytes(parts.settings.maxBodyBytes), parts.budget, 'answer_too_large');
  parts.dryRuns.underWay += 1;
  const ask = async (): Promise<void> => {
    try {
      const until = parts.now() + parts.settings.dryRunTimeoutMs;
      engineOutcome(parts, subject, await dryRun(parts, subject, engine, body, reply, until));
    } finally {
      parts.dryRuns.underWay -= 1;
      reply.release();
    }
  };
  // A probe that tells nothing leaves it to the next one.
  unattended(parts, subject, ask, () => parts.breakers.abandoned(subject.decision.row.id));
}

/** Snapshot and dry run at once: a row that changes in between is found by its values before. */
async function run(
  parts: ShadowParts,
  subject: Subject,
  engine: SideTarget,
  body: Buffer,
  reply: KeptBytes,
  until: number,
): Promise<Prepared | DropReason> {
  const { observer, ledger, metrics, comparing, wallClock, now } = parts;
  if (observer === undefined) return 'effects_unseen';
  const startedAt = now();
  const mark = ledger.mark();
  const at = wallClock();
  const buildBefore = comparing.engineBuild();
  const opening = observer.open();
  // It is awaited later, or not at all.
  opening.catch(() => undefined);
  let prepared: Prepared | undefined;
  try {
    const result = await dryRun(parts, subject, engine, body, reply, until);
    const left = Math.max(1, until - now());
    const outcome = engineOutcome(parts, subject, result);
    const observation = typeof outcome === 'string' ? undefined : await within(opening, left);
    metrics.dryRunFinished(METRIC[result.outcome], (now() - startedAt) / 1000);
    if (typeof outcome === 'string') return outcome;
    const engineBuild = buildAsked(buildBefore, comparing.engineBuild());
    if (engineBuild === undefined) return 'build_unknown';
    if (observation === undefined) return 'effects_unseen';
    const { effects, notSeen: engineNotSeen } = result.outcome === 'answered' ? result : NOTHING_DONE;
    const disturbedEarly = ledger.touchedSince(mark);
    prepared = { at, mark, disturbedEarly, engine: outcome, effects, engineNotSeen, engineBuild, observation };
    return prepared;
  } finally {
    if (prepared === undefined) void opening.then((late) => late.close()).catch(() => undefined);
  }
}

const METRIC: Record<DryRunResult['outcome'], DryRunOutcome> = {
  answered: 'answered',
  failed: 'failed',
  unable: 'unable',
  dropped: 'given_up',
};

/** @param until monotonic milliseconds */
function dryRun(
  { now }: ShadowParts,
  { incoming: { method, target, head } }: Subject,
  engine: SideTarget,
  body: Buffer,
  kept: KeptBytes,
  until: number,
): Promise<DryRunResult> {
  const request = { method, target, headers: head.headers, body, chunked: head.bodyLength === 'chunked' };
  return startDryRun(engine, request, { timeoutMs: Math.max(1, until - now()), kept, now }).result;
}

function withLegacy(
  parts: ShadowParts,
  subject: Subject,
  prepared: Prepared,
  body: Buffer,
  taken: TakenBody | undefined,
  held: readonly KeptBytes[],
): Companion {
  const legacyAt = parts.wallClock();
  const capture = new AnswerCapture(parts.settings.maxBodyBytes, parts.budget);
  let rows = 0;
  const release = (): void => {
    for (const kept of [capture, ...held]) kept.release();
    parts.budget.give(rows);
    rows = 0;
  };
  const fault = (): void => {
    prepared.observation.close();
    release();
  };
  const conclude = async (result: ForwardResult): Promise<void> => {
    const legacy = primaryOutcome(result, capture);
    let seen = await seenEffects(parts, subject, prepared, legacy);
    if (typeof seen === 'object') {
      const bytes = rowsBytes(seen.effects);
      if (parts.budget.take(bytes)) rows = bytes;
      else seen = 'memory';
    }
    const reason = typeof legacy === 'string' ? legacy : typeof seen === 'string' ? seen : undefined;
    if (reason !== undefined) drop(parts, subject, reason);
    if (typeof legacy === 'string' || typeof seen === 'string') return release();
    const input = (): ComparisonInput => ({
      request: comparedRequest(subject, prepared.at, body),
      kind: 'write',
      answeredBy: subject.decision.side,
      legacy,
      engine: prepared.engine,
      effects: seen && { legacy: seen, engine: prepared.effects, engineNotSeen: prepared.engineNotSeen },
      engineBuild: prepared.engineBuild,
      legacyAt,
    });
    compareLater(parts, subject, { input, release });
  };
  return { tap: capture, taken, finished: (result) => unattended(parts, subject, () => conclude(result), fault) };
}

/** @returns undefined where there is nothing to be compared: one of the two sides failed */
async function seenEffects(
  { ledger, log }: ShadowParts,
  subject: Subject,
  { engine, effects, observation, mark, disturbedEarly }: Prepared,
  legacy: SideOutcome | DropReason,
): Promise<ObservedEffects | DropReason | undefined> {
  if (typeof legacy === 'string' || legacy.outcome === 'failed' || engine.outcome === 'failed') {
    observation.close();
    return undefined;
  }
  try {
    // Who writes while the database is still searched comes too late to be seen.
    let overlapped: boolean | undefined;
    const seen = await observation.finish(effects, () => {
      overlapped = ledger.overlapped(mark);
    });
    // Where every table was looked through and none has changed, nobody wrote after the snapshot, whoever was under way.
    const mayHaveChanged = seen.effects.rows.length + seen.notSearched.length > 0;
    const later = mayHaveChanged && (overlapped ?? ledger.overlapped(mark));
    const { method, path } = placeOf(subject);
    // No observer sees what is emitted; that nothing is, can be known without one.
    const eventsSeen = seen.eventsSeen || !mayEmit(method, path);
    return { ...seen, eventsSeen, disturbed: seen.disturbed || disturbedEarly || later };
  } catch (error) {
    if (!(error instanceof EffectsError)) throw error;
    log.debug('effects unseen', { code: error.code });
    return error.code === 'effects_too_large' ? error.code : 'effects_unseen';
  }
}
