/** Puts the question who calls before a handler of operators. It comes before the body is looked at (operators 1.3). */
import type { Operator } from '../../domain/operator.js';
import type { OperatorService } from '../../services/operator-service.js';
import type { RequestContext } from '../../services/request-context.js';
import type { HttpAnswer } from './http-answer.js';
import type { HttpRequest } from './http-request.js';
import type { HttpHandler } from './http-route.js';

export type OperatorHandler = (
  request: HttpRequest,
  context: RequestContext,
  operator: Operator,
) => Promise<HttpAnswer>;

/** What makes a handler of an operator's call. Its route varies by `Cookie`. */
export type OperatorGuard = (handler: OperatorHandler) => HttpHandler;

/** Lets in whoever has an account; anyone else is answered 401. */
export function operatorGuard(operators: OperatorService): OperatorGuard {
  return (handler) => async (request, context) =>
    handler(request, context, await operators.identify(operatorHeaders(request), context));
}

/** Lets in admins; other operators are answered 403. */
export function adminGuard(operators: OperatorService): OperatorGuard {
  return (handler) => async (request, context) =>
    handler(request, context, await operators.identifyAdmin(operatorHeaders(request), context));
}

function operatorHeaders({ headers }: HttpRequest) {
  return { cookie: headers.cookie, authorization: headers.authorization };
}
