/** `/api/scripts/quick_run`: open to anyone, as in the legacy (assemblies-and-runs 6). */
import { buildQuickRun } from '../../builders/quick-run.js';
import type { QuickRunService } from '../../services/scheduling/quick-run-service.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

export function quickRunRoutes(quickRuns: QuickRunService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/scripts/quick_run',
      handlers: {
        POST: async (request, context) => {
          const run = buildQuickRun(await request.body(), request.headers['content-type']);
          const { started, refused } = await quickRuns.run(run, context);
          return jsonAnswer(200, {
            results: [
              ...started.map(({ hostname, activityId }) => ({ hostname, job_id: activityId, status: 'Running' })),
              ...refused.map((hostname) => ({ hostname, job_id: null, status: 'Failed', error: 'database_busy' })),
            ],
          });
        },
      },
    },
  ];
}
