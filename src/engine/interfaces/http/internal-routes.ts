/**
 * What only the facade may ask, over the Unix socket: whether this engine is fit to take a row over, and what timed work is its own.
 * These routes do not exist on a TCP listener, nor for what the facade passes on from its clients.
 */
import { DRY_RUN_VERSION } from '../../../legacy-bridge/effects/dry-run-protocol.js';
import { RELAY_PATH } from '../../../legacy-bridge/realtime/relay-protocol.js';
import { buildRelayOrder } from '../../builders/relay-order.js';
import type { ProbeTokenService } from '../../services/probe-token-service.js';
import type { RelayService } from '../../services/relay/relay-service.js';
import type { StatusService } from '../../services/status-service.js';
import { type EventServices, eventHandlers } from '../ws/event-handlers.js';
import { type BackgroundServices, backgroundRoutes } from './background-routes.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpHandler, HttpRoute } from './http-route.js';
import { facadeOnly, NO_STORE } from './internal-route.js';
import { whyNotDryRunnable } from './not-dry-runnable.js';

export interface InternalServices extends EventServices, BackgroundServices {
  readonly status: StatusService;
  readonly probeTokens: ProbeTokenService;
  readonly relay: RelayService;
}

/** An address. */
const BODY_LIMIT = 10_000;

/** @param served the routes that clients may be sent to */
export function internalRoutes(services: InternalServices, served: readonly HttpRoute[]): readonly HttpRoute[] {
  const { status, probeTokens, relay } = services;
  const events = eventHandlers(services).map(({ event }) => event);
  const routes = served.map(({ rule, handlers }) => ({
    rule,
    methods: Object.keys(handlers),
    not_dry_runnable: reasonsOf(handlers),
  }));
  return [
    internal('/engine/internal/status', async (_request, context) => {
      const report = await status.report(context);
      return jsonAnswer(report.ready ? 200 : 503, { ...report }, NO_STORE);
    }),
    internal('/engine/internal/routes', async () =>
      jsonAnswer(200, { routes, events, dry_run: DRY_RUN_VERSION }, NO_STORE),
    ),
    internal('/engine/internal/probe-token', async (_request, context) =>
      jsonAnswer(200, { token: await probeTokens.sign(context) }, NO_STORE),
    ),
    ...backgroundRoutes(services),
    relayRoute(relay),
  ];
}

/** By method, for those that can't be dry-run. */
function reasonsOf(handlers: HttpRoute['handlers']): Readonly<Record<string, string>> {
  const reasons = Object.entries(handlers).map(([method, handler]) => [method, whyNotDryRunnable(handler)] as const);
  return Object.fromEntries(reasons.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** PUT replaces the order, so that repeating it does no harm. */
function relayRoute(relay: RelayService): HttpRoute {
  const state: HttpHandler = async () => jsonAnswer(200, { ...relay.state() }, NO_STORE);
  return {
    rule: RELAY_PATH,
    handlers: {
      GET: facadeOnly(state),
      PUT: facadeOnly(async (request, context) => {
        relay.order(buildRelayOrder(await request.body(BODY_LIMIT)));
        return state(request, context);
      }),
    },
  };
}

function internal(rule: string, handle: HttpHandler): HttpRoute {
  return { rule, handlers: { GET: facadeOnly(handle) } };
}
