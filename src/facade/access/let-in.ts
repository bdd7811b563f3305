/** The step of a request's life at which a row's caller is judged: before any side is asked, and before the body is read. */
import { answerError } from '../forwarding/error-response.js';
import type { Incoming } from '../listener/incoming.js';
import type { FacadeMetrics } from '../metrics/facade-metrics.js';
import { ACCESS_ANSWERS, type AccessAnswerCode, type Demand, UNSURE, WANTED } from './access-answer.js';
import type { AccessJudge } from './access-judge.js';
import type { RefusalLog } from './refusal-log.js';

export interface LetInOptions {
  readonly access: AccessJudge;
  readonly metrics: Pick<FacadeMetrics, 'accessJudged'>;
  readonly refusals: Pick<RefusalLog, 'tell'>;
}

/** What the facade answered in place of a side; status 499 is never sent, it stands for a client that left. */
export interface TurnedAway {
  readonly status: number;
  readonly bytes: number;
}

const CLIENT_GONE: TurnedAway = { status: 499, bytes: 0 };

/** @returns undefined when the caller is let in */
export async function turnAway(
  { access, metrics, refusals }: LetInOptions,
  { req, res, head }: Incoming,
  { row, demand }: { readonly row: string; readonly demand: Demand },
): Promise<TurnedAway | undefined> {
  const { outcome, why } = await access.judge(demand, req.headers);
  metrics.accessJudged(row, outcome);
  // Whoever forwards listens for the end of the connection, and it has come already.
  if (res.destroyed) return CLIENT_GONE;
  if (outcome === 'allowed') return undefined;
  const code: AccessAnswerCode = outcome === 'denied' ? 'access_denied' : 'access_unavailable';
  const { status, retryAfter } = ACCESS_ANSWERS[code];
  refusals.tell({ code, row, why, requestId: head.requestId });
  const bytes = answerError(res, {
    ...{ status, code, retryAfter, requestId: head.requestId },
    reason: outcome === 'denied' ? WANTED[demand] : UNSURE,
    // The body is not read, so nothing can follow it on its connection.
    close: head.bodyLength !== 0 && !req.complete,
  });
  return { status, bytes };
}
