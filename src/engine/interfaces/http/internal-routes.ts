/**
 * What only the facade may ask, over the Unix socket: whether this engine is fit to take a row over.
 * These routes do not exist on a TCP listener, nor for what the facade passes on from its clients.
 */
import type { ProbeTokenService } from '../../services/probe-token-service.js';
import type { StatusService } from '../../services/status-service.js';
import { notFoundPage } from './error-pages.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

export function internalRoutes(status: StatusService, probeTokens: ProbeTokenService): readonly HttpRoute[] {
  return [
    {
      rule: '/engine/internal/status',
      handlers: {
        GET: async ({ headers }, context) => {
          // The facade writes this header on every request of a client, and never on its own.
          if (headers['x-forwarded-for'] !== undefined) return notFoundPage();
          const report = await status.report(context);
          return jsonAnswer(report.ready ? 200 : 503, { ...report }, { 'cache-control': 'no-store' });
        },
      },
    },
    {
      rule: '/engine/internal/probe-token',
      handlers: {
        GET: async ({ headers }, context) => {
          if (headers['x-forwarded-for'] !== undefined) return notFoundPage();
          return jsonAnswer(200, { token: await probeTokens.sign(context) }, { 'cache-control': 'no-store' });
        },
      },
    },
  ];
}
