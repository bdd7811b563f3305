/** The steps of a request: match, build its context, run the route, add what every answer has, send. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DRY_RUN_HEADER } from '../../../legacy-bridge/effects/dry-run-protocol.js';
import type { RequestContext } from '../../services/request-context.js';
import { answerTo, withHeaders } from './answer-to.js';
import { corsHeaders } from './cors.js';
import { type DryRunHandlerOptions, dryRunHandler } from './dry-run-handler.js';
import { findRoute } from './find-route.js';
import { sendAnswer } from './send-answer.js';

export interface RequestHandlerOptions extends DryRunHandlerOptions {
  readonly contextFor: (requestId: string | undefined) => RequestContext;
}

export type RequestHandler = (message: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const dryRun = dryRunHandler(options);
  return async (message, response) => {
    const requestId = requestIdOf(message);
    if (message.headers[DRY_RUN_HEADER] !== undefined) {
      await dryRun(message, response, requestId);
      return;
    }
    const context = options.contextFor(requestId);
    const answer = await answerTo(findRoute(message, response, options), context);
    const cors = corsHeaders(message.method ?? '', message.headers, options.corsOrigins);
    await sendAnswer(message, response, withHeaders(answer, cors), context.log);
  };
}

/** The facade's own ids only: visible ASCII of a sane length. */
function requestIdOf(message: IncomingMessage): string | undefined {
  const id = message.headers['x-request-id'];
  return typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id) ? id : undefined;
}
