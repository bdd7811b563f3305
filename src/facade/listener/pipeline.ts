/**
 * The life of an accepted request, in order. Owns the sequence; each step is a part of its own.
 * Never reads bodies, never looks at what the answer says.
 */
import type { AccessJudge } from '../access/access-judge.js';
import { demandOf } from '../access/demands-caller.js';
import { turnAway } from '../access/let-in.js';
import { RefusalLog } from '../access/refusal-log.js';
import type { CallerKind } from '../comparing/comparison.js';
import type { Admission } from '../decision/breakers.js';
import { claimedCaller } from '../decision/claimed-caller.js';
import type { RequestFacts } from '../decision/client-key.js';
import type { RowChoice } from '../decision/decide.js';
import type { Decision } from '../decision/decision.js';
import { answerError } from '../forwarding/error-response.js';
import { ForwardError } from '../forwarding/forward-error.js';
import type { ForwardResult } from '../forwarding/forward-result.js';
import type { Forwarder } from '../forwarding/forwarder.js';
import { isSafe } from '../forwarding/safe-method.js';
import type { GuardReports } from '../guard/guard.js';
import type { Log } from '../logging/log.js';
import type { AnsweredBy, FacadeMetrics } from '../metrics/facade-metrics.js';
import type { Override } from '../override/override.js';
import type { Overrides } from '../override/overrides.js';
import type { Companion } from '../shadowing/shadow-parts.js';
import type { Shadowing } from '../shadowing/shadowing.js';
import type { Side } from '../side.js';
import type { Stage } from '../table/stage.js';
import type { RouteRow, TableSnapshot } from '../table/table-snapshot.js';
import { chooseRow } from './choose-row.js';
import { factsOf, type Incoming } from './incoming.js';

/** What the pipeline asks of the breakers; see `Breakers`. */
export interface BreakerReports {
  admit(row: string): Admission;
  succeeded(row: string): void;
  failed(row: string): void;
  abandoned(row: string): void;
}

/** Told of each answer of a side, so that evidence knows what there is to be compared. */
export interface AnswerWitness {
  /** @param servedAt the row's stage where it was the engine that answered */
  answered(row: string, method: string, status: number, caller: CallerKind | undefined, servedAt?: Stage): void;
}

export interface PipelineOptions {
  /** The table in force. */
  readonly currentTable: () => TableSnapshot;
  readonly decide: (
    snapshot: TableSnapshot,
    row: RouteRow,
    choice: RowChoice,
    facts: RequestFacts,
    override?: Override,
  ) => Decision;
  /** Judges overrides that requests carry. */
  readonly overrides: Pick<Overrides, 'read'>;
  /** Judges callers of rows that demand one. */
  readonly access: AccessJudge;
  readonly breakers: BreakerReports;
  readonly guard: GuardReports;
  readonly forwarder: Pick<Forwarder, 'forward'>;
  /** What rows that compare do besides answering. */
  readonly shadowing: Pick<Shadowing, 'accompany' | 'ledger'>;
  readonly evidence: AnswerWitness;
  readonly metrics: Pick<
    FacadeMetrics,
    'requestFinished' | 'forwardFailed' | 'fellBack' | 'accessJudged' | 'overrideServed' | 'overrideIgnored'
  >;
  readonly log: Log;
  /** Settings `answers.servedBy`. */
  readonly servedBy: 'none' | 'browsers' | 'all';
  /** Settings `log.requests`. */
  readonly logRequests: boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface Pipeline {
  /** Settles when the request is done with; rejects only for faults of the facade's own. */
  serve(incoming: Incoming): Promise<void>;
}

type PipelineParts = PipelineOptions & { readonly refusals: RefusalLog };

type FailedForward = Extract<ForwardResult, { outcome: 'failed' }>;

/** Metric and log label of requests that an open breaker kept from the engine. */
const BREAKER_OPEN = 'engine_breaker_open';

export function createPipeline(options: PipelineOptions): Pipeline {
  const parts = { ...options, refusals: new RefusalLog(options.log, options.now) };
  return { serve: (incoming) => serve(parts, incoming) };
}

async function serve(options: PipelineParts, incoming: Incoming): Promise<void> {
  // 1. The table: one snapshot from here to the end.
  const snapshot = options.currentTable();
  // 2. The row.
  const { row, choice } = chooseRow(snapshot, incoming.method, incoming.path);
  // 3. The decision.
  const decision = options.decide(snapshot, row, choice, factsOf(incoming), overrideOf(options, incoming, row));
  // 4. The caller, where the row demands one: before any side is asked, before the body is read.
  const demand = demandOf(row, incoming.method);
  if (demand !== undefined) {
    const refused = await turnAway(options, incoming, { row: row.id, demand });
    if (refused !== undefined) return count(options, incoming, decision, 'facade', refused.status, 0, refused.bytes);
  }
  // An override leaves the rest out: the side is asked as it is, and nothing that rows are judged by is told of it.
  if (decision.override !== undefined) {
    const result = await forwardTo(options, incoming, decision, decision.side);
    if (result.outcome === 'failed') noteFailure(options, incoming, decision, result);
    return conclude(options, incoming, decision, decision.side, result);
  }
  // 5. The breaker may keep the engine out.
  const admission = decision.side === 'engine' ? options.breakers.admit(row.id) : undefined;
  if (admission?.admitted === false) {
    options.guard.keptOut(decision);
    return withoutEngine(options, incoming, decision, admission.retryMs);
  }
  // 6. A copy for the other side, or a dry run that a write waits for, where the row compares.
  const begun = options.shadowing.accompany(incoming, decision);
  const companion = begun instanceof Promise ? await begun : begun;
  // 7. Forward.
  const result = await forwardAccompanied(options, incoming, decision, companion);
  if (result.outcome === 'failed') noteFailure(options, incoming, decision, result);
  if (decision.side === 'engine') report(options.breakers, row.id, result);
  options.guard.forwarded(decision, result);
  // 8. Fall back, when the engine broke and the legacy may answer in its place.
  if (mayFallBack(decision, incoming, result)) {
    options.metrics.fellBack(row.id, result.error.code);
    return fallBack(options, incoming, decision);
  }
  // 9. Answer what failed; count.
  return conclude(options, incoming, decision, decision.side, result);
}

/** One that does not count is as good as none: the client notices nothing. */
function overrideOf(
  { overrides, metrics, log }: PipelineOptions,
  { head }: Incoming,
  row: RouteRow,
): Override | undefined {
  if (head.override === undefined) return undefined;
  const read = overrides.read(head.override, row);
  if (typeof read !== 'string') return read;
  metrics.overrideIgnored(read);
  log.debug('override ignored', { reason: read, row: row.id, requestId: head.requestId });
  return undefined;
}

/** Whatever becomes of the request, its companion is told. */
async function forwardAccompanied(
  options: PipelineOptions,
  incoming: Incoming,
  decision: Decision,
  companion: Companion | undefined,
): Promise<ForwardResult> {
  let result = clientGone(decision.side);
  try {
    result = await forwardTo(options, incoming, decision, decision.side, companion);
    return result;
  } finally {
    companion?.finished(result);
  }
}

async function forwardTo(
  { forwarder, servedBy, shadowing: { ledger } }: PipelineOptions,
  { req, res, head, method, target, expectsContinue }: Incoming,
  { row, override }: Decision,
  side: Side,
  companion?: Companion,
): Promise<ForwardResult> {
  // A client can leave while its write waits for a dry run; nobody would hear of it below.
  if (res.destroyed) return clientGone(side);
  const tellSide = override !== undefined || servedBy === 'all' || (servedBy === 'browsers' && !head.fromAgent);
  const writes = !isSafe(method);
  if (writes) ledger.begin();
  try {
    return await forwarder.forward({
      ...{ req, res, head, target, side, tellSide, expectsContinue },
      timeoutMs: row.timeoutMs,
      tap: companion?.tap,
      taken: companion?.taken,
    });
  } finally {
    if (writes) ledger.end();
  }
}

function clientGone(side: Side): ForwardResult {
  const error = new ForwardError('client_gone', side);
  const nothing = { answerStarted: false, neverSent: true, bodyConsumed: false, bytesUp: 0, bytesDown: 0 };
  return { outcome: 'failed', error, ...nothing };
}

/** Tells metrics and log of a side that could not answer. */
function noteFailure(
  { metrics, log }: PipelineOptions,
  { head }: Incoming,
  { row, override }: Decision,
  { error, answerStarted, neverSent }: FailedForward,
): void {
  const { code, side, kind } = error;
  if (code.startsWith(`${side}_`) && override === undefined) metrics.forwardFailed(row.id, side, code);
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  const fields = { code, row: row.id, requestId: head.requestId, answerStarted, neverSent, cause };
  log[kind.logLevel]('forward failed', fields);
}

/** Any answer is the engine's own word; a client that left says nothing about the engine. */
function report(breakers: BreakerReports, row: string, result: ForwardResult): void {
  if (result.outcome === 'answered') breakers.succeeded(row);
  else if (result.error.kind.countsForBreaker) breakers.failed(row);
  else breakers.abandoned(row);
}

/**
 * A safe request may be asked again, as long as nothing was answered and its body, if any, was not read.
 * Any other may only when it never left: it must not be executed twice.
 */
function mayFallBack(decision: Decision, { method, res }: Incoming, result: ForwardResult): result is FailedForward {
  if (result.outcome !== 'failed' || !decision.mayFallBack || !result.error.code.startsWith('engine_')) return false;
  if (result.answerStarted || result.bodyConsumed || res.destroyed) return false;
  return result.neverSent || isSafe(method);
}

async function fallBack(options: PipelineOptions, incoming: Incoming, decision: Decision): Promise<void> {
  const result = await forwardTo(options, incoming, decision, 'legacy');
  if (result.outcome === 'failed') noteFailure(options, incoming, decision, result);
  conclude(options, incoming, decision, 'legacy', result);
}

/** The engine was not asked at all, so even a write may go to the legacy. */
function withoutEngine(
  options: PipelineOptions,
  incoming: Incoming,
  decision: Decision,
  retryMs: number,
): Promise<void> | undefined {
  if (decision.mayFallBack) {
    options.metrics.fellBack(decision.row.id, BREAKER_OPEN);
    return fallBack(options, incoming, decision);
  }
  const bytes = answerError(incoming.res, {
    status: 503,
    code: BREAKER_OPEN,
    reason: 'The server for this request failed repeatedly and is left alone for a moment.',
    requestId: incoming.head.requestId,
    retryAfter: Math.max(1, Math.ceil(retryMs / 1000)),
  });
  count(options, incoming, decision, 'facade', 503, 0, bytes);
  return undefined;
}

function conclude(
  options: PipelineOptions,
  incoming: Incoming,
  decision: Decision,
  side: Side,
  result: ForwardResult,
): void {
  if (result.outcome === 'answered') {
    if (decision.override === undefined) witness(options, incoming, decision, side, result.status);
    count(options, incoming, decision, side, result.status, result.bytesUp, result.bytesDown);
    return;
  }
  if (result.answerStarted) {
    count(options, incoming, decision, side, result.status ?? 0, result.bytesUp, result.bytesDown);
    return;
  }
  const bytes = answerFailure(incoming, decision, result.error);
  count(options, incoming, decision, 'facade', result.error.kind.status, result.bytesUp, bytes);
}

function witness(
  { evidence }: PipelineOptions,
  incoming: Incoming,
  decision: Decision,
  side: Side,
  status: number,
): void {
  const { id, stage } = decision.row;
  const servedAt = side === 'engine' ? stage : undefined;
  evidence.answered(id, incoming.method, status, comparableCaller(decision, incoming), servedAt);
}

/** Only of requests that could be compared: what never is must not keep a row waiting for it. */
function comparableCaller({ copy }: Decision, { req }: Incoming): CallerKind | undefined {
  const once = copy?.to === 'legacy' && req.headers.dpop !== undefined;
  return copy === undefined || once ? undefined : claimedCaller(req);
}

function answerFailure({ req, res, head }: Incoming, { override }: Decision, error: ForwardError): number {
  const { status, reason: known, retryAfter } = error.kind;
  const reason =
    override === undefined ? known : `${known} An override names the ${override.side} alone, so nobody else was asked.`;
  const close = !req.complete;
  return answerError(res, { status, code: error.code, reason, requestId: head.requestId, retryAfter, close });
}

function count(
  { metrics, log, logRequests, now }: PipelineOptions,
  incoming: Incoming,
  { row, tableVersion, override }: Decision,
  answeredBy: AnsweredBy,
  status: number,
  bytesUp: number,
  bytesDown: number,
): void {
  const milliseconds = now() - incoming.startedAt;
  if (override !== undefined) metrics.overrideServed(row.id, answeredBy, status);
  else metrics.requestFinished(row.id, answeredBy, status, milliseconds / 1000, bytesUp, bytesDown);
  if (!logRequests && override === undefined) return;
  const { method, path, head } = incoming;
  const rounded = Math.round(milliseconds * 10) / 10;
  const fields = { method, path, row: row.id, tableVersion, side: answeredBy, status, ms: rounded };
  // By its end, the audit tells who made it.
  const by = override === undefined ? {} : { override: new Date(override.until * 1000).toISOString() };
  log.info('request', { ...fields, requestId: head.requestId, ...by });
}
