/**
 * Dry runs for the facade (src/legacy-bridge/effects/dry-run-protocol.ts): the request is answered as always, but in a context of
 * which nothing is kept, and the answer goes out in an envelope.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  DRY_RUN_HEADER,
  DRY_RUN_METHOD_HEADER,
  DRY_RUN_VERSION,
  type DryRunReply,
  encodeDryRunReply,
  type NotRunReason,
} from '../../../legacy-bridge/effects/dry-run-protocol.js';
import { EngineError } from '../../domain/engine-error.js';
import type { EngineLog } from '../../logging/engine-log.js';
import type { DryRuns } from '../../services/dry-run/dry-runs.js';
import { answerTo, withHeaders } from './answer-to.js';
import { corsHeaders } from './cors.js';
import { errorAnswer } from './error-answer.js';
import { abortedWith, type FindOptions, type FoundRoute, findRoute } from './find-route.js';
import type { HttpAnswer } from './http-answer.js';
import { whyNotDryRunnable } from './not-dry-runnable.js';
import { notImplemented } from './route-table.js';
import { sendAnswer } from './send-answer.js';
import { wholeAnswer } from './whole-answer.js';

export interface DryRunHandlerOptions extends FindOptions {
  readonly corsOrigins: readonly string[];
  readonly dryRuns: DryRuns;
  readonly log: EngineLog;
  readonly monotonic: () => number;
}

export type DryRunHandler = (
  message: IncomingMessage,
  response: ServerResponse,
  requestId: string | undefined,
) => Promise<void>;

export function dryRunHandler(options: DryRunHandlerOptions): DryRunHandler {
  return async (message, response, requestId) => {
    const refusal = refusalOf(message, options);
    const answer = refusal ?? envelope(await replyTo(message, response, requestId, options));
    await sendAnswer(message, response, answer, options.log);
  };
}

/** A request that could be executed in earnest, or whose reply could not be told from an answer, is not run at all. */
function refusalOf({ method, headers }: IncomingMessage, { overSocket }: DryRunHandlerOptions): HttpAnswer | undefined {
  const refuse = (detail: string): HttpAnswer => errorAnswer(new EngineError('invalid_request', { detail }));
  if (!overSocket) return refuse(`${DRY_RUN_HEADER}: only the facade may ask for dry runs, over the socket`);
  if (headers[DRY_RUN_HEADER] !== DRY_RUN_VERSION) return refuse(`${DRY_RUN_HEADER}: expected ${DRY_RUN_VERSION}`);
  const standsFor = headers[DRY_RUN_METHOD_HEADER];
  if (method === 'HEAD' || (standsFor !== undefined && !(standsFor === 'HEAD' && method === 'GET')))
    return refuse(`${DRY_RUN_METHOD_HEADER}: expected HEAD, on a GET`);
  return undefined;
}

async function replyTo(
  message: IncomingMessage,
  response: ServerResponse,
  requestId: string | undefined,
  options: DryRunHandlerOptions,
): Promise<DryRunReply> {
  const startedAt = options.monotonic();
  const method = message.headers[DRY_RUN_METHOD_HEADER] === undefined ? (message.method ?? '') : 'HEAD';
  const found = findRoute(message, response, options, method);
  const notRun = (reason: NotRunReason, detail: string, lockMs = 0): DryRunReply => {
    options.log.debug(`dry-run not-run request=${requestId ?? ''} ${method} reason=${reason}`);
    return { outcome: 'not-run', reason, detail, ms: options.monotonic() - startedAt, lockMs };
  };
  if (isNotServed(found)) return notRun('not_served', '');
  const why = found.kind === 'route' ? whyNotDryRunnable(found.handler) : undefined;
  if (why !== undefined) return notRun('not_dry_runnable', why);
  const outcome = await options.dryRuns.run(requestId, abortedWith(response), (context) => answerTo(found, context));
  if ('notRun' in outcome) return notRun(outcome.notRun, '', outcome.lockMs);
  const { value, effects, notSeen, lockMs } = outcome;
  const answer = await wholeAnswer(
    method,
    withHeaders(value, corsHeaders(method, message.headers, options.corsOrigins)),
  );
  if (typeof answer === 'string') return notRun('answer_too_large', answer, lockMs);
  return { outcome: 'run', answer, effects, notSeen, ms: options.monotonic() - startedAt, lockMs };
}

function isNotServed(found: FoundRoute): boolean {
  return found.kind === 'route' && found.handler === notImplemented;
}

function envelope(reply: DryRunReply): HttpAnswer {
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    [DRY_RUN_HEADER]: DRY_RUN_VERSION,
  };
  return { status: 200, headers, body: encodeDryRunReply(reply) };
}
