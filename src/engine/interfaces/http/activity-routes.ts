/** `/api/device/activity`: open to anyone, as in the legacy (operators 8). */
import { columnInteger } from '../../builders/json-object.js';
import type { Activity } from '../../domain/activity.js';
import type { ActivityService } from '../../services/activity-service.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

export function activityRoutes(activities: ActivityService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/device/activity/:hostname',
      handlers: {
        GET: async ({ params }, context) => {
          const listed = await activities.list(params.hostname ?? '', context);
          return jsonAnswer(200, {
            history: listed.map(({ hasStdout, hasStderr, ...activity }) => ({
              ...activityObject(activity),
              has_stdout: hasStdout,
              has_stderr: hasStderr,
            })),
          });
        },
        DELETE: async ({ params }, context) => {
          await activities.clear(params.hostname ?? '', context);
          return jsonAnswer(200, { status: 'ok' });
        },
      },
    },
    {
      rule: '/api/device/activity/job/:job_id(int)',
      handlers: {
        GET: async ({ params }, context) => {
          const id = columnInteger(params.job_id ?? '', 'job id') ?? 0n;
          const { stdout, stderr, ...activity } = await activities.find(id, context);
          return jsonAnswer(200, { ...activityObject(activity), hostname: activity.hostname, stdout, stderr });
        },
      },
    },
  ];
}

function activityObject({ id, scriptName, scriptPath, scriptType, ranAt, status }: Activity) {
  return {
    id,
    script_name: scriptName,
    script_path: scriptPath,
    script_type: scriptType,
    ran_at: ranAt,
    status,
  };
}
