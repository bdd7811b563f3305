/** What marks a route between facade and engine. Such routes do not exist for what the facade passes on from its clients. */
import { notFoundPage } from './error-pages.js';
import type { HttpHandler } from './http-route.js';
import { notDryRunnable } from './not-dry-runnable.js';

export const NO_STORE = { 'cache-control': 'no-store' };

/** The facade writes `X-Forwarded-For` on every request of a client, and never on its own. */
export function facadeOnly(handle: HttpHandler): HttpHandler {
  return notDryRunnable('it is between facade and engine, and no route of clients', async (request, context) =>
    request.headers['x-forwarded-for'] === undefined ? handle(request, context) : notFoundPage(),
  );
}
