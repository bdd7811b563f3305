/** Asks the engine for dry runs, over connections of their own, and says what each was worth. */
import { Readable } from 'node:stream';
import {
  DRY_RUN_HEADER,
  type DryRunReply,
  dryRunRequest,
  type NotRunReason,
} from '../../legacy-bridge/effects/dry-run-protocol.js';
import type { Effects } from '../../legacy-bridge/effects/effects.js';
import { EffectsError } from '../../legacy-bridge/effects/effects-error.js';
import { parseDryRunReply } from '../../legacy-bridge/effects/parse-dry-run-reply.js';
import type { CapturedAnswer } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { SideTarget } from '../forwarding/side-target.js';
import { CopyExchange, type CopyLimits, type CopyResult } from './copy-exchange.js';

/** What came of a dry run. */
export type DryRunResult =
  | {
      readonly outcome: 'answered';
      readonly answer: CapturedAnswer;
      readonly effects: Effects;
      /** What the engine could not record, in words. */
      readonly notSeen: readonly string[];
      /** Until the reply was there, milliseconds. */
      readonly ms: number;
    }
  | { readonly outcome: 'failed'; readonly code: string; readonly ms: number }
  /** The engine can't dry-run the route, now or ever. */
  | {
      readonly outcome: 'unable';
      readonly reason: 'not_dry_runnable' | 'not_served';
      readonly detail: string;
      readonly ms: number;
    }
  | { readonly outcome: 'dropped'; readonly reason: DropReason };

export interface DryRunRequest {
  readonly method: string;
  readonly target: string;
  /** Flat, as the other side gets them. */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** The client announced no length: the engine must see the same framing. */
  readonly chunked: boolean;
}

export interface DryRun {
  /** Settles once; never rejects. */
  readonly result: Promise<DryRunResult>;
  drop(reason: DropReason): void;
}

export function startDryRun(engine: SideTarget, request: DryRunRequest, limits: CopyLimits): DryRun {
  const { method, headers } = dryRunRequest(request.method);
  const exchange = new CopyExchange(
    engine,
    {
      method,
      target: request.target,
      headers: [...request.headers, ...headers.flat()],
      body: request.chunked ? Readable.from([request.body]) : request.body.length === 0 ? null : request.body,
    },
    limits,
  );
  return { result: exchange.result.then(readReply), drop: (reason) => exchange.drop(reason) };
}

function readReply(result: CopyResult): DryRunResult {
  if (result.outcome !== 'answered') return result;
  // Without the header the engine would have answered a client, or is none of ours.
  if (result.answer.status !== 200 || !result.internal.has(DRY_RUN_HEADER))
    return { outcome: 'dropped', reason: 'engine_no_dry_run' };
  const reply = parse(result.answer.body);
  if (reply === undefined) return { outcome: 'dropped', reason: 'engine_no_dry_run' };
  if (reply.outcome === 'run')
    return {
      outcome: 'answered',
      answer: reply.answer,
      effects: reply.effects,
      notSeen: reply.notSeen,
      ms: result.ms,
    };
  const { reason, detail } = reply;
  if (reason === 'not_dry_runnable' || reason === 'not_served')
    return { outcome: 'unable', reason, detail, ms: result.ms };
  return { outcome: 'dropped', reason: DROPPED_AS[reason] };
}

const DROPPED_AS: Record<Exclude<NotRunReason, 'not_dry_runnable' | 'not_served'>, DropReason> = {
  database_busy: 'engine_busy',
  database_unavailable: 'engine_busy',
  lock_timeout: 'engine_busy',
  too_many: 'engine_busy',
  effects_too_large: 'effects_too_large',
  answer_too_large: 'answer_too_large',
};

function parse(bytes: Buffer): DryRunReply | undefined {
  try {
    return parseDryRunReply(bytes);
  } catch (error) {
    if (error instanceof EffectsError) return undefined;
    throw error;
  }
}
