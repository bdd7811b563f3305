/**
 * What only the facade may ask, over the Unix socket: whether this engine is fit to take a row over, and what timed work is its own.
 * These routes do not exist on a TCP listener, nor for what the facade passes on from its clients.
 */
import type { BackgroundTasks } from '../../background/background-tasks.js';
import { buildOwnedTasks } from '../../builders/owned-tasks.js';
import type { ProbeTokenService } from '../../services/probe-token-service.js';
import type { StatusService } from '../../services/status-service.js';
import { notFoundPage } from './error-pages.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpHandler, HttpRoute } from './http-route.js';

export interface InternalServices {
  readonly status: StatusService;
  readonly probeTokens: ProbeTokenService;
  readonly background: BackgroundTasks;
}

/** A few names. */
const BODY_LIMIT = 10_000;
const NO_STORE = { 'cache-control': 'no-store' };

/** @param served the routes that clients may be sent to */
export function internalRoutes(
  { status, probeTokens, background }: InternalServices,
  served: readonly HttpRoute[],
): readonly HttpRoute[] {
  const routes = served.map(({ rule, handlers }) => ({ rule, methods: Object.keys(handlers) }));
  return [
    internal('/engine/internal/status', async (_request, context) => {
      const report = await status.report(context);
      return jsonAnswer(report.ready ? 200 : 503, { ...report }, NO_STORE);
    }),
    internal('/engine/internal/routes', async () => jsonAnswer(200, { routes }, NO_STORE)),
    internal('/engine/internal/probe-token', async (_request, context) =>
      jsonAnswer(200, { token: await probeTokens.sign(context) }, NO_STORE),
    ),
    backgroundRoute(background),
  ];
}

/** PUT replaces the whole list, so that repeating it does no harm. */
function backgroundRoute(background: BackgroundTasks): HttpRoute {
  const state: HttpHandler = async () =>
    jsonAnswer(200, { tasks: background.names(), owned: background.owned() }, NO_STORE);
  return {
    rule: '/engine/internal/background',
    handlers: {
      GET: facadeOnly(state),
      PUT: facadeOnly(async (request, context) => {
        background.own(buildOwnedTasks(await request.body(BODY_LIMIT)));
        return state(request, context);
      }),
    },
  };
}

function internal(rule: string, handle: HttpHandler): HttpRoute {
  return { rule, handlers: { GET: facadeOnly(handle) } };
}

/** The facade writes `X-Forwarded-For` on every request of a client, and never on its own. */
function facadeOnly(handle: HttpHandler): HttpHandler {
  return async (request, context) =>
    request.headers['x-forwarded-for'] === undefined ? handle(request, context) : notFoundPage();
}
