/**
 * The steps of a request: match, build its context, run the route, add what every answer has, send. Whatever goes wrong
 * becomes an answer here, and nowhere else.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UrlMap } from '../../../legacy-bridge/url-map/url-map.js';
import { EngineError } from '../../domain/engine-error.js';
import type { EngineLog } from '../../logging/engine-log.js';
import type { RequestContext } from '../../services/request-context.js';
import { corsHeaders } from './cors.js';
import { errorAnswer } from './error-answer.js';
import { methodNotAllowedPage, notFoundPage, redirectPage } from './error-pages.js';
import { type HttpAnswer, optionsAnswer } from './http-answer.js';
import { createHttpRequest } from './http-request.js';
import type { HttpHandler, HttpRoute } from './http-route.js';
import { peerFacts } from './proxy-trust.js';
import { sendAnswer } from './send-answer.js';

export interface RequestHandlerOptions {
  readonly routes: UrlMap<HttpRoute>;
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  /** The requests come over the Unix socket: their forwarded headers are the facade's. */
  readonly overSocket: boolean;
  readonly contextFor: (requestId: string | undefined) => RequestContext;
  readonly log: EngineLog;
}

export type RequestHandler = (message: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  return async (message, response) => {
    const context = options.contextFor(requestIdOf(message));
    const answer = await answerTo(message, response, context, options);
    const cors = corsHeaders(message.method ?? '', message.headers, options.corsOrigins);
    await sendAnswer(message, response, withHeaders(answer, cors), context.log);
  };
}

async function answerTo(
  message: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
  options: RequestHandlerOptions,
): Promise<HttpAnswer> {
  const method = message.method ?? '';
  const { path, query } = splitTarget(message.url ?? '/');
  const match = options.routes.match(method, path);
  const peer = peerFacts({
    headers: message.headers,
    remoteAddress: message.socket.remoteAddress,
    overSocket: options.overSocket,
    encrypted: 'encrypted' in message.socket,
  });
  switch (match.kind) {
    case 'not-found':
      return notFoundPage();
    case 'method-not-allowed':
      return methodNotAllowedPage(match.allow);
    case 'redirect':
      return redirectPage(`${peer.scheme}://${peer.host}${encodePath(match.path)}${query === '' ? '' : `?${query}`}`);
    case 'match': {
      const handler = handlerFor(match.endpoint, method);
      if (handler === undefined) return optionsAnswer(options.routes.allowedMethods(path));
      const { maxBodyBytes } = options;
      const signal = abortedWith(response);
      const request = createHttpRequest({ message, path, query, params: match.params, peer, signal, maxBodyBytes });
      return await run(handler, request, context);
    }
  }
}

/** The path of a `Location`: as a URL has it. */
function encodePath(path: string): string {
  return encodeURI(path).replace(/[?#]/g, encodeURIComponent);
}

/** HEAD is served by GET; OPTIONS is undefined where the route does not answer it itself. */
function handlerFor(route: HttpRoute, method: string): HttpHandler | undefined {
  const handler = route.handlers[method] ?? (method === 'HEAD' ? route.handlers.GET : undefined);
  if (handler === undefined && method !== 'OPTIONS')
    throw new TypeError(`rule ${route.rule} matched ${method} without a handler`);
  return handler;
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

function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const relative = target.startsWith('/') ? target : withoutOrigin(target);
  const mark = relative.indexOf('?');
  return mark < 0 ? { path: relative, query: '' } : { path: relative.slice(0, mark), query: relative.slice(mark + 1) };
}

/** Absolute-form targets are allowed in any request (RFC 9112 3.2.2). */
function withoutOrigin(target: string): string {
  const path = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]*(.*)$/.exec(target)?.[1] ?? target;
  return path.startsWith('/') ? path : `/${path}`;
}

function abortedWith(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** The facade's own ids only: visible ASCII of a sane length. */
function requestIdOf(message: IncomingMessage): string | undefined {
  const id = message.headers['x-request-id'];
  return typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id) ? id : undefined;
}

function withHeaders(answer: HttpAnswer, more: Readonly<Record<string, string>>): HttpAnswer {
  const { vary, ...others } = more;
  const both = [answer.headers.vary, vary].filter((value) => value !== undefined).join(', ');
  return { ...answer, headers: { ...answer.headers, ...others, ...(both === '' ? {} : { vary: both }) } };
}
