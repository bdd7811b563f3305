/** Runs what was found, in the context that it is given. Whatever goes wrong becomes an answer here, and nowhere else. */
import { EngineError } from '../../domain/engine-error.js';
import type { RequestContext } from '../../services/request-context.js';
import { errorAnswer } from './error-answer.js';
import type { FoundRoute } from './find-route.js';
import type { HttpAnswer } from './http-answer.js';
import type { HttpHandler } from './http-route.js';

/** Never rejects. */
export async function answerTo(found: FoundRoute, context: RequestContext): Promise<HttpAnswer> {
  if (found.kind === 'page') return found.page;
  const answer = await run(found.handler, found.request, context);
  const { varies } = found.route;
  return varies === undefined ? answer : withHeaders(answer, { vary: varies });
}

async function run(
  handler: HttpHandler,
  request: Parameters<HttpHandler>[0],
  context: RequestContext,
): Promise<HttpAnswer> {
  try {
    return await handler(request, context);
  } catch (error) {
    logFailure(error, request.method, request.path, context);
    return errorAnswer(error);
  }
}

/** Refusals are the caller's affair; what the engine could not do is for its operator. */
function logFailure(error: unknown, method: string, path: string, { log, requestId }: RequestContext): void {
  const where = `request=${requestId} ${method} ${path}`;
  if (!(error instanceof EngineError)) {
    log.error(`request-failed ${where} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } else if (error.cause !== undefined) {
    log.warn(`request-unserved ${where} code=${error.code} cause=${String(error.cause)}`);
  } else {
    log.debug(`request-refused ${where} code=${error.code}`);
  }
}

/** The headers of an answer and those besides it; what both say it varies by is said together. */
export function withHeaders(answer: HttpAnswer, more: Readonly<Record<string, string>>): HttpAnswer {
  const { vary, ...others } = more;
  const both = [answer.headers.vary, vary].filter((value) => value !== undefined).join(', ');
  return { ...answer, headers: { ...answer.headers, ...others, ...(both === '' ? {} : { vary: both }) } };
}
