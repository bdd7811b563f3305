/** Asks a side the same as the client's request asks the other, in turn, bounded, and without anyone waiting for it. */
import type { SideOutcome } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { SideTarget } from '../forwarding/side-target.js';
import { CopyExchange } from './copy-exchange.js';
import type { CopyQueue } from './copy-queue.js';
import { type DryRunResult, startDryRun } from './dry-run-client.js';
import { KeptBytes } from './kept-bytes.js';
import { placeOf, type ShadowParts, type Subject } from './shadow-parts.js';

/** What came of it, or why nothing did. */
export type Beside = SideOutcome | DropReason;

export interface BesideRequest {
  /** Settles once; never rejects. */
  readonly outcome: Promise<Beside>;
  giveUp(): void;
  /** Epoch milliseconds when it was sent; undefined before. */
  sentAt(): number | undefined;
  /** Gives the answer's memory back. */
  release(): void;
}

/** A request that was sent. */
interface Sent {
  readonly outcome: Promise<Beside>;
  drop(reason: DropReason): void;
}

const NO_BODY = Buffer.alloc(0);
/** Room for effects and for the envelope around an answer. */
const ENVELOPE_BYTES = 1024 * 1024;

/** Bytes of a dry run's reply whose answer has as many as may be: base64 makes three bytes four. */
export function mostReplyBytes(mostBodyBytes: number): number {
  return Math.ceil((mostBodyBytes * 4) / 3) + ENVELOPE_BYTES;
}

/** A read, as a dry run: not even a read may leave a trace when it is not the one that is answered. */
export function askEngine(parts: ShadowParts, subject: Subject): BesideRequest {
  const { settings, engine, breakers, budget, now } = parts;
  const { method, target, head } = subject.incoming;
  const row = subject.decision.row.id;
  const reached = engine.now();
  if (typeof reached === 'string') return refused(reached);
  const unableTo = parts.unable.reasonFor(placeOf(subject));
  if (unableTo !== undefined) return refused(unableTo);
  if (!breakers.admit(row).admitted) return refused('engine_breaker');
  const kept = new KeptBytes(mostReplyBytes(settings.maxBodyBytes), budget, 'answer_too_large');
  const send = (reachable: SideTarget): Sent => {
    const request = { method, target, headers: head.headers, body: NO_BODY, chunked: false };
    const run = startDryRun(reachable, request, { timeoutMs: settings.copyTimeoutMs, kept, now });
    return { outcome: run.result.then((result) => engineOutcome(parts, subject, result)), drop: run.drop };
  };
  const unsent = (): void => breakers.abandoned(row);
  return queued(parts, parts.queues.engine, kept, { reach: () => engine.settled(), send, unsent });
}

/** For real: only what the legacy may be asked twice. */
export function askLegacy(parts: ShadowParts, { incoming }: Subject): BesideRequest {
  const { settings, legacy, budget, queues, now } = parts;
  const { method, target, head } = incoming;
  const kept = new KeptBytes(settings.maxBodyBytes, budget, 'answer_too_large');
  const send = (): Sent => {
    const limits = { timeoutMs: settings.copyTimeoutMs, kept, now };
    const exchange = new CopyExchange(legacy, { method, target, headers: head.headers, body: null }, limits);
    const outcome = exchange.result.then((result) => (result.outcome === 'dropped' ? result.reason : result));
    return { outcome, drop: (reason) => exchange.drop(reason) };
  };
  return queued(parts, queues.legacy, kept, { reach: () => legacy, send, unsent: () => undefined });
}

/** Tells the breaker and the marks of rows what a dry run came to. */
export function engineOutcome({ breakers, unable }: ShadowParts, subject: Subject, result: DryRunResult): Beside {
  const row = subject.decision.row.id;
  if (result.outcome === 'answered' || result.outcome === 'unable') breakers.succeeded(row);
  else if (result.outcome === 'failed' || BREAKER_REASONS.has(result.reason)) breakers.failed(row);
  else breakers.abandoned(row);
  if (result.outcome === 'dropped') return result.reason;
  if (result.outcome !== 'unable') return result;
  unable.note(placeOf(subject), `engine_${result.reason}`, result.detail || result.reason);
  return result.reason === 'not_served'
    ? 'engine_not_served'
    : { outcome: 'failed', code: 'not_dry_runnable', ms: result.ms };
}

const BREAKER_REASONS: ReadonlySet<DropReason> = new Set(['engine_timeout', 'engine_unreachable', 'engine_no_dry_run']);

function refused(reason: DropReason): BesideRequest {
  return {
    outcome: Promise.resolve(reason),
    giveUp: () => undefined,
    sentAt: () => undefined,
    release: () => undefined,
  };
}

interface Errand {
  /** Asked when the request's turn has come. */
  readonly reach: () => SideTarget | DropReason | Promise<SideTarget | DropReason>;
  readonly send: (target: SideTarget) => Sent;
  /** Called when the request is dropped before it was sent. */
  readonly unsent: () => void;
}

function queued(
  { wallClock }: ShadowParts,
  queue: CopyQueue,
  kept: KeptBytes,
  { reach, send, unsent }: Errand,
): BesideRequest {
  let settle: (outcome: Beside) => void = () => undefined;
  const outcome = new Promise<Beside>((resolve) => {
    settle = resolve;
  });
  let sent: Sent | undefined;
  let sentAt: number | undefined;
  let givenUp: DropReason | undefined;
  const copy = {
    send: async () => {
      const target = await reach();
      if (givenUp !== undefined) return copy.drop(givenUp);
      if (typeof target === 'string') return copy.drop(target);
      sentAt = wallClock();
      sent = send(target);
      settle(await sent.outcome);
    },
    drop: (reason: DropReason) => {
      unsent();
      settle(reason);
    },
    cut: (reason: DropReason) => {
      if (sent === undefined) givenUp = reason;
      else sent.drop(reason);
    },
  };
  queue.add(copy);
  return {
    outcome,
    giveUp: () => {
      if (queue.remove(copy)) copy.drop('client_gone');
      else copy.cut('client_gone');
    },
    sentAt: () => sentAt,
    release: () => kept.release(),
  };
}
