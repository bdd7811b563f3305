/** What of timed work is the engine's, and what its scheduler knows: for the facade alone (scheduler-protocol.ts). */
import type { SchedulerJob } from '../../../legacy-bridge/scheduler/scheduler-protocol.js';
import type { JsonAnswer } from '../../../legacy-bridge/values/encode-json.js';
import type { BackgroundWork } from '../../background/background-work.js';
import { buildOwnedTasks } from '../../builders/owned-tasks.js';
import { buildJobPage, buildShadowMinute } from '../../builders/scheduler-questions.js';
import type { JobOverview, OverviewJob } from '../../services/scheduling/job-overview.js';
import type { ShadowTicks } from '../../services/scheduling/shadow-ticks.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpHandler, HttpRoute } from './http-route.js';
import { facadeOnly, NO_STORE } from './internal-route.js';

export interface BackgroundServices {
  readonly background: BackgroundWork;
  readonly jobOverview: JobOverview;
  readonly shadowTicks: ShadowTicks;
}

/** Some thousands of jobs with owners of their own. */
const WISH_LIMIT = 1_000_000;
const QUESTION_LIMIT = 1000;

export function backgroundRoutes({ background, jobOverview, shadowTicks }: BackgroundServices): readonly HttpRoute[] {
  const state: HttpHandler = async () => answer({ ...(await background.state()) });
  return [
    {
      rule: '/engine/internal/background',
      handlers: {
        GET: facadeOnly(state),
        // The whole of it, so that repeating it does no harm.
        PUT: facadeOnly(async (request, context) => {
          await background.own(buildOwnedTasks(await request.body(WISH_LIMIT)));
          return state(request, context);
        }),
      },
    },
    {
      rule: '/engine/internal/scheduler/jobs',
      handlers: {
        GET: facadeOnly(async ({ query }, context) => {
          const { jobs, next } = await jobOverview.page(buildJobPage(query), context);
          return answer({ jobs: jobs.map(jobObject), next });
        }),
      },
    },
    {
      rule: '/engine/internal/scheduler/shadow',
      handlers: {
        POST: facadeOnly(async (request, context) => {
          const minute = buildShadowMinute(await request.body(QUESTION_LIMIT), context.clock.now());
          return answer({ ...(await shadowTicks.compute(minute, context)) });
        }),
      },
    },
  ];
}

function jobObject({ row, counts, ...job }: OverviewJob): Record<keyof SchedulerJob, JsonAnswer> {
  return {
    id: row.id,
    name: row.name,
    enabled: row.enabled,
    owner: row.owner,
    schedule_type: row.scheduleType || 'immediately',
    start_ts: row.start,
    next_run_engine: job.nextByEngine,
    next_run_legacy: job.nextByLegacy,
    last_occurrence: job.lastOccurrence,
    last_status: job.lastStatus,
    counts: {
      pending: counts.pending,
      running: counts.running,
      success: counts.success,
      failed: counts.failed,
      expired: counts.expired,
      timed_out: counts.timedOut,
    },
    targets: counts.totalTargets,
    disagreement: job.disagreement,
  };
}

function answer(value: object) {
  return jsonAnswer(200, value as JsonAnswer, NO_STORE);
}
