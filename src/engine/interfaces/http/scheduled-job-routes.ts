/** `/api/scheduled_jobs`: jobs and their runs (scheduler 3, 4). Open to anyone, as in the legacy. */
import { integerOf } from '../../../legacy-bridge/values/python-int.js';
import { columnInteger } from '../../builders/json-object.js';
import { buildJob, buildJobChange, buildToggle } from '../../builders/scheduled-job.js';
import { EngineError } from '../../domain/engine-error.js';
import type { ShownJob, ShownRun, ShownTarget } from '../../domain/scheduling/scheduled-job.js';
import type { ScheduledJobService } from '../../services/scheduling/scheduled-job-service.js';
import type { ScheduledRunService } from '../../services/scheduling/scheduled-run-service.js';
import { systemZone } from '../../services/scheduling/system-zone.js';
import { jsonAnswer } from './http-answer.js';
import type { HttpRequest } from './http-request.js';
import type { HttpHandler, HttpRoute } from './http-route.js';

export interface ScheduledJobServices {
  readonly scheduledJobs: ScheduledJobService;
  readonly scheduledRuns: ScheduledRunService;
  readonly settings: { readonly scheduler: { readonly historyDays: number } };
}

/** Days before now that the calendar of 64 bits has. */
const MOST_DAYS = 2n ** 63n / 86_400n;

export function scheduledJobRoutes({
  scheduledJobs: jobs,
  scheduledRuns: runs,
  settings,
}: ScheduledJobServices): readonly HttpRoute[] {
  const one = '/api/scheduled_jobs/:job_id(int)';
  return [
    { rule: '/api/scheduled_jobs', handlers: { GET: listJobs(jobs), POST: createJob(jobs) } },
    { rule: one, handlers: { GET: findJob(jobs), PUT: changeJob(jobs), DELETE: deleteJob(jobs) } },
    { rule: `${one}/toggle`, handlers: { POST: toggleJob(jobs) } },
    ...runRoutes(one, runs, settings.scheduler.historyDays),
  ];
}

function listJobs(jobs: ScheduledJobService): HttpHandler {
  return async (_request, context) => jsonAnswer(200, { jobs: (await jobs.list(context)).map(jobObject) });
}

function findJob(jobs: ScheduledJobService): HttpHandler {
  return async (request, context) => jsonAnswer(200, { job: jobObject(await jobs.find(jobIdOf(request), context)) });
}

function createJob(jobs: ScheduledJobService): HttpHandler {
  return async (request, context) => {
    const fields = buildJob(await request.body(), request.headers['content-type'], systemZone);
    return jsonAnswer(200, { job: jobObject(await jobs.create(fields, context)) });
  };
}

function changeJob(jobs: ScheduledJobService): HttpHandler {
  return async (request, context) => {
    const change = buildJobChange(await request.body(), request.headers['content-type'], systemZone);
    return jsonAnswer(200, { job: jobObject(await jobs.change(jobIdOf(request), change, context)) });
  };
}

function toggleJob(jobs: ScheduledJobService): HttpHandler {
  return async (request, context) => {
    const enabled = buildToggle(await request.body(), request.headers['content-type']);
    return jsonAnswer(200, { job: jobObject(await jobs.change(jobIdOf(request), { enabled }, context)) });
  };
}

function deleteJob(jobs: ScheduledJobService): HttpHandler {
  return async (request, context) => {
    await jobs.delete(jobIdOf(request), context);
    return jsonAnswer(200, { status: 'ok' });
  };
}

function runRoutes(one: string, runs: ScheduledRunService, historyDays: number): readonly HttpRoute[] {
  return [
    {
      rule: `${one}/runs`,
      handlers: {
        GET: async (request, context) => {
          const days = daysOf(request.query, historyDays);
          return jsonAnswer(200, { runs: (await runs.list(jobIdOf(request), days, context)).map(runObject) });
        },
        DELETE: async (request, context) => {
          const { cleared, keptOccurrence } = await runs.clear(jobIdOf(request), context);
          return jsonAnswer(200, { status: 'ok', cleared, kept_occurrence: keptOccurrence ?? undefined });
        },
      },
    },
    {
      rule: `${one}/devices`,
      handlers: {
        GET: async (request, context) => {
          const asked = occurrenceOf(request.query);
          const { occurrence, targets } = await runs.listTargets(jobIdOf(request), asked, context);
          return jsonAnswer(200, { occurrence, devices: targets.map(targetObject) });
        },
      },
    },
  ];
}

/** @throws EngineError `invalid_request` for more than 64 bits */
function jobIdOf({ params }: HttpRequest): bigint {
  return columnInteger(params.job_id ?? '', 'job id') ?? 0n;
}

/** What is no number asks for the retention; at least a day. */
function daysOf(query: string, historyDays: number): bigint {
  const days = integerOf(new URLSearchParams(query).get('days') ?? '') ?? BigInt(historyDays);
  if (days > MOST_DAYS) throw new EngineError('invalid_request', { detail: `days: at most ${MOST_DAYS}` });
  return days < 1n ? 1n : days;
}

/** Null for the latest. */
function occurrenceOf(query: string): bigint | null {
  const text = new URLSearchParams(query).get('occurrence') ?? '';
  if (text === '') return null;
  const occurrence = columnInteger(text, 'occurrence');
  if (occurrence === undefined) throw new EngineError('invalid_request', { detail: 'occurrence: a whole number' });
  return occurrence;
}

/** A job as callers see it, over HTTP and by event. */
export function jobObject(job: ShownJob) {
  const { counts } = job;
  return {
    id: job.id,
    name: job.name,
    components: job.components,
    targets: job.targets,
    schedule_type: job.scheduleType,
    start_ts: job.start,
    duration_stop_enabled: job.stopAfter,
    expiration: job.expiration,
    execution_context: job.executionContext,
    credential_id: job.credentialId,
    enabled: job.enabled,
    created_at: job.createdAt,
    updated_at: job.updatedAt,
    latest_occurrence: job.latestOccurrence,
    last_run_ts: job.latestOccurrence,
    last_status: job.lastStatus,
    result_counts: {
      pending: counts.pending,
      running: counts.running,
      success: counts.success,
      failed: counts.failed,
      expired: counts.expired,
      timed_out: counts.timedOut,
      total_targets: counts.totalTargets,
    },
    next_run_ts: job.nextRun,
  };
}

function runObject(run: ShownRun) {
  return {
    id: run.id,
    scheduled_ts: run.scheduledAt,
    started_ts: run.startedAt,
    finished_ts: run.finishedAt,
    status: run.status,
    error: run.error,
  };
}

function targetObject({ hostname, online, site, status, ranOn, activities }: ShownTarget) {
  return {
    hostname,
    online,
    site,
    job_status: status,
    ran_on: ranOn,
    activities: activities.map((activity) => ({
      activity_id: activity.activityId,
      component_kind: activity.kind,
      script_type: activity.scriptType,
      component_path: activity.path,
      component_name: activity.name,
      has_stdout: activity.hasStdout,
      has_stderr: activity.hasStderr,
    })),
    has_stdout: activities.some(({ hasStdout }) => hasStdout),
    has_stderr: activities.some(({ hasStderr }) => hasStderr),
  };
}
