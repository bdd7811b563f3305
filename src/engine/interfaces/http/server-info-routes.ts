/** `/health` and `/api/server/time`: what needs neither database nor caller. */
import { serverTime } from '../../services/server-time-service.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

export function serverInfoRoutes(): readonly HttpRoute[] {
  return [
    { rule: '/health', handlers: { GET: async () => jsonAnswer(200, { status: 'ok' }) } },
    {
      rule: '/api/server/time',
      handlers: { GET: async (_request, context) => jsonAnswer(200, { ...serverTime(context.clock.now()) }) },
    },
  ];
}
