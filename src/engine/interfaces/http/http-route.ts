/** One rule of the engine with its handlers. `http-routes.ts` lists them all. */
import type { RequestContext } from '../../services/request-context.js';
import type { HttpAnswer } from './http-answer.js';
import type { HttpRequest } from './http-request.js';

export type HttpHandler = (request: HttpRequest, context: RequestContext) => Promise<HttpAnswer>;

export interface HttpRoute {
  /** In the legacy's way, such as `/api/device/details/:hostname`. */
  readonly rule: string;
  /** By method. GET serves HEAD too; OPTIONS is answered by itself unless it is here. */
  readonly handlers: Readonly<Record<string, HttpHandler>>;
  /** A request header that answers of the handlers depend on, errors included. */
  readonly varies?: 'Cookie';
}
