/** `/api/sites`: open to anyone, as in the legacy (operators 6). */
import type { SiteService } from '../../services/site-service.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

export function siteRoutes(sites: SiteService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/sites',
      handlers: {
        GET: async (_request, context) => {
          const listed = await sites.list(context);
          return jsonAnswer(200, {
            sites: listed.map(({ id, name, description, createdAt, deviceCount }) => ({
              id,
              name,
              description,
              created_at: createdAt,
              device_count: deviceCount,
            })),
          });
        },
      },
    },
  ];
}
