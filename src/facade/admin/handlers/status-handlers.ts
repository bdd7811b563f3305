/** Health, status, check, metrics and the API's own description. */
import type { AdminDeps } from '../admin-deps.js';
import { openApiDocument } from '../openapi.js';
import type { AdminHandler } from './handler.js';

type Operations = 'getLive' | 'getReady' | 'getStatus' | 'check' | 'getMetrics' | 'getOpenApi';

export function statusHandlers(
  deps: Pick<AdminDeps, 'ready' | 'status' | 'check' | 'metrics'>,
  version: string,
): Record<Operations, AdminHandler> {
  const openApi = openApiDocument(version);
  return {
    getLive: () => ({ json: { status: 'live' } }),
    getReady: () => (deps.ready() ? { json: { status: 'ready' } } : { status: 503, json: { status: 'not_ready' } }),
    getStatus: () => ({ json: deps.status() }),
    check: async ({ query }) => ({
      json: await deps.check({ paths: query.paths === true, tokens: query.tokens === true }),
    }),
    getMetrics: async () => ({ text: { type: deps.metrics.contentType, content: await deps.metrics.scrape() } }),
    getOpenApi: () => ({ json: openApi }),
  };
}
