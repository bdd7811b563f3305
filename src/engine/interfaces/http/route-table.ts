/**
 * All routes as one map: the engine's own, and those that only the legacy has yet, which answer 501.
 * So 404, 405, `Allow` and OPTIONS are the legacy's on every path from the first day.
 */
import { buildUrlMap } from '../../../legacy-bridge/url-map/build-url-map.js';
import type { UrlMap } from '../../../legacy-bridge/url-map/url-map.js';
import { EngineError } from '../../domain/engine-error.js';
import type { HttpHandler, HttpRoute } from './http-route.js';

/** What the engine needs to know of a route of the legacy. */
export interface KnownRoute {
  readonly rule: string;
  readonly methods: readonly string[];
}

export function buildRouteTable(own: readonly HttpRoute[], legacy: readonly KnownRoute[]): UrlMap<HttpRoute> {
  const handlers = new Map<string, Record<string, HttpHandler>>();
  const varying = new Set(own.filter(({ varies }) => varies !== undefined).map(({ rule }) => rule));
  for (const { rule, methods } of legacy)
    for (const method of methods) handlersOf(handlers, rule)[method] = notImplemented;
  for (const route of own) Object.assign(handlersOf(handlers, route.rule), route.handlers);
  return buildUrlMap<HttpRoute>(
    [...handlers].map(([rule, byMethod]) => ({
      rule,
      methods: Object.keys(byMethod),
      endpoint: Object.freeze({
        rule,
        handlers: Object.freeze(byMethod),
        ...(varying.has(rule) ? { varies: 'Cookie' as const } : {}),
      }),
    })),
  );
}

function handlersOf(handlers: Map<string, Record<string, HttpHandler>>, rule: string): Record<string, HttpHandler> {
  const known = handlers.get(rule);
  if (known !== undefined) return known;
  const created: Record<string, HttpHandler> = {};
  handlers.set(rule, created);
  return created;
}

/** Never a 401: an agent whose route was flipped too early must keep its tokens. */
export const notImplemented: HttpHandler = async ({ method }) => {
  throw new EngineError('not_implemented', { detail: `${method}: the engine does not serve this route yet` });
};
