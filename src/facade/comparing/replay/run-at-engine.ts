/** Sends one request to the engine as a dry run, outside of all traffic. */
import { performance } from 'node:perf_hooks';
import type { Effects } from '../../../legacy-bridge/effects/effects.js';
import { reasonOf } from '../../forwarding/ask-side.js';
import type { SideTarget } from '../../forwarding/side-target.js';
import { ByteBudget } from '../../shadowing/byte-budget.js';
import { type DryRunResult, startDryRun } from '../../shadowing/dry-run-client.js';
import { knowsDryRuns } from '../../shadowing/dry-run-engine.js';
import { KeptBytes } from '../../shadowing/kept-bytes.js';
import type { CapturedAnswer } from '../comparison.js';
import { DROP_REASONS } from '../drop-reason.js';
import type { HeaderList } from '../redaction/redactor.js';

export interface ReplayRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Buffer;
}

/** What the engine would do and answer. */
export interface ReplayRun {
  readonly outcome: 'run';
  readonly answer: CapturedAnswer;
  readonly effects: Effects;
  /** What the engine could not record, in words. */
  readonly notSeen: readonly string[];
  /** Until the reply was there, milliseconds. */
  readonly ms: number;
}

/** What the engine would do, or why that can't be known. The signal gives it up. */
export type EngineRun = (
  request: ReplayRequest,
  signal: AbortSignal,
) => Promise<ReplayRun | { readonly outcome: 'no-answer'; readonly why: string }>;

const ANSWER_MS = 10_000;
const MOST_REPLY_BYTES = 64 * 1024 * 1024;

export function runAtEngine(engine: SideTarget): EngineRun {
  return async ({ method, target, headers, body }, signal) => {
    const problem = signal.aborted ? GIVEN_UP : await whyNotAsked(engine);
    if (problem !== undefined) return { outcome: 'no-answer', why: problem };
    const kept = new KeptBytes(MOST_REPLY_BYTES, new ByteBudget(MOST_REPLY_BYTES), 'answer_too_large');
    const request = { method, target, headers: headers.flat(), body, chunked: false };
    const limits = { timeoutMs: ANSWER_MS, kept, now: () => performance.now() };
    const run = startDryRun(engine, request, limits);
    const giveUp = (): void => run.drop('client_gone');
    signal.addEventListener('abort', giveUp);
    try {
      if (signal.aborted) giveUp();
      return runOf(await run.result);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  };
}

const GIVEN_UP = 'given up';

/** One that knows no dry runs would execute what is replayed. */
async function whyNotAsked(engine: SideTarget): Promise<string | undefined> {
  try {
    return (await knowsDryRuns(engine)) ? undefined : 'what answers there makes no dry runs';
  } catch (error) {
    return `the engine did not answer (${reasonOf(error)})`;
  }
}

function runOf(result: DryRunResult): Awaited<ReturnType<EngineRun>> {
  switch (result.outcome) {
    case 'answered':
      return { ...result, outcome: 'run' };
    case 'failed':
      return { outcome: 'no-answer', why: `the engine broke (${result.code})` };
    case 'unable':
      return { outcome: 'no-answer', why: result.detail || result.reason };
    case 'dropped':
      return { outcome: 'no-answer', why: `${result.reason}: ${DROP_REASONS[result.reason]}` };
  }
}
