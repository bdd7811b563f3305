/** `/api/ansible`: playbooks run now, and what became of them (assemblies-and-runs 8, 9). Open to anyone, as in the legacy. */
import { trimmed } from '../../../legacy-bridge/values/python-text.js';
import { columnInteger } from '../../builders/json-object.js';
import { buildPlaybookQuickRun } from '../../builders/playbook-quick-run.js';
import { buildRecapReport, recapLimit } from '../../builders/recap-report.js';
import { shownListedRecap, shownRecap } from '../../domain/recap.js';
import type { PlaybookQuickRunService } from '../../services/playbooks/playbook-quick-run-service.js';
import type { RecapService } from '../../services/playbooks/recap-service.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRoute } from './http-route.js';

export interface PlaybookServices {
  readonly playbookQuickRuns: PlaybookQuickRunService;
  readonly recaps: RecapService;
}

export function playbookRoutes({ playbookQuickRuns, recaps }: PlaybookServices): readonly HttpRoute[] {
  return [
    {
      rule: '/api/ansible/quick_run',
      handlers: {
        POST: async (request, context) => {
          const run = buildPlaybookQuickRun(await request.body(), request.headers['content-type']);
          const { started, refused } = await playbookQuickRuns.run(run, context);
          const none = { run_id: null, status: 'Failed', activity_job_id: null, error: 'database_busy' };
          return jsonAnswer(200, {
            results: [
              ...started.map(({ hostname, runId, activityId, execution }) => ({
                ...{ hostname, run_id: runId, status: 'Queued', activity_job_id: activityId, execution },
              })),
              ...refused.map((hostname) => ({ hostname, ...none })),
            ],
          });
        },
      },
    },
    ...recapRoutes(recaps),
  ];
}

function recapRoutes(recaps: RecapService): readonly HttpRoute[] {
  return [
    {
      rule: '/api/ansible/recap/report',
      handlers: {
        POST: async (request, context) => {
          const report = buildRecapReport(await request.body(), request.headers['content-type']);
          return jsonAnswer(200, shownRecap(await recaps.report(report, context)));
        },
      },
    },
    {
      rule: '/api/ansible/recaps',
      handlers: {
        GET: async ({ query }, context) => {
          const asked = new URLSearchParams(query);
          const most = recapLimit(asked.get('limit') ?? '');
          const listed = await recaps.list(trimmed(asked.get('hostname') ?? ''), most, context);
          return jsonAnswer(200, { recaps: listed.map(shownListedRecap) });
        },
      },
    },
    {
      rule: '/api/ansible/recap/:recap_id(int)',
      handlers: {
        GET: async ({ params }, context) =>
          jsonAnswer(200, shownRecap(await recaps.find(idOf(params.recap_id, 'recap id'), context))),
      },
    },
    {
      rule: '/api/ansible/run_for_activity/:activity_id(int)',
      handlers: {
        GET: async ({ params }, context) => {
          const recap = await recaps.findByActivity(idOf(params.activity_id, 'activity id'), context);
          return jsonAnswer(200, { run_id: recap.runId, status: recap.status });
        },
      },
    },
  ];
}

/** @throws EngineError `invalid_request` for more than 64 bits */
function idOf(digits: string | undefined, what: string): bigint {
  return columnInteger(digits ?? '', what) ?? 0n;
}
