/** Finds what answers a request: a route's handler, or a page that is known at once. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UrlMap } from '../../../legacy-bridge/url-map/url-map.js';
import { methodNotAllowedPage, notFoundPage, redirectPage } from './error-pages.js';
import { type HttpAnswer, optionsAnswer } from './http-answer.js';
import { createHttpRequest, type HttpRequest } from './http-request.js';
import type { HttpHandler, HttpRoute } from './http-route.js';
import { peerFacts } from './proxy-trust.js';

export interface FindOptions {
  readonly routes: UrlMap<HttpRoute>;
  readonly maxBodyBytes: number;
  /** The requests come over the Unix socket: their forwarded headers are the facade's. */
  readonly overSocket: boolean;
}

export type FoundRoute =
  | { readonly kind: 'page'; readonly page: HttpAnswer }
  | {
      readonly kind: 'route';
      readonly request: HttpRequest;
      readonly handler: HttpHandler;
      readonly route: HttpRoute;
    };

/** @param method the message's own, unless it stands for another */
export function findRoute(
  message: IncomingMessage,
  response: ServerResponse,
  { routes, maxBodyBytes, overSocket }: FindOptions,
  method = message.method ?? '',
): FoundRoute {
  const { path, query } = splitTarget(message.url ?? '/');
  const match = routes.match(method, path);
  const peer = peerFacts({
    headers: message.headers,
    remoteAddress: message.socket.remoteAddress,
    overSocket,
    encrypted: 'encrypted' in message.socket,
  });
  switch (match.kind) {
    case 'not-found':
      return page(notFoundPage());
    case 'method-not-allowed':
      return page(methodNotAllowedPage(match.allow));
    case 'redirect': {
      const target = `${encodePath(match.path)}${query === '' ? '' : `?${query}`}`;
      return page(redirectPage(`${peer.scheme}://${peer.host}${target}`));
    }
    case 'match': {
      const handler = handlerFor(match.endpoint, method);
      if (handler === undefined) return page(optionsAnswer(routes.allowedMethods(path)));
      const signal = abortedWith(response);
      const { params } = match;
      const request = createHttpRequest({ message, method, path, query, params, peer, signal, maxBodyBytes });
      return { kind: 'route', request, handler, route: match.endpoint };
    }
  }
}

function page(answer: HttpAnswer): FoundRoute {
  return { kind: 'page', page: answer };
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

function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const relative = target.startsWith('/') ? target : withoutOrigin(target);
  const mark = relative.indexOf('?');
  return mark < 0 ? { path: relative, query: '' } : { path: relative.slice(0, mark), query: relative.slice(mark + 1) };
}

/** Absolute-form targets are allowed in any request (RFC 9112 3.2.2). */
function withoutOrigin(target: string): string {
  const path = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]*(.*)$/s.exec(target)?.[1] ?? target;
  return path.startsWith('/') ? path : `/${path}`;
}

/** Aborts when the connection ends before its answer did. */
export function abortedWith(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
