/** The runs of scheduled jobs, as operators see and clear them (scheduler 4). Jobs are looked up for their targets alone. */
import { EngineError } from '../../domain/engine-error.js';
import { hostsOf } from '../../domain/scheduling/job-targets.js';
import type { ShownRun, ShownTarget } from '../../domain/scheduling/scheduled-job.js';
import type { HostRun } from '../../repositories/scheduled-run-repository.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import type { RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';
import { onlineHosts } from './online-hosts.js';
import { storedValue } from './scheduled-job-service.js';

/** Shown at once. */
const MOST_RUNS = 500;
const DAY_SECONDS = 86_400n;

export interface ClearedRuns {
  readonly cleared: number;
  /** Null when there was none. */
  readonly keptOccurrence: bigint | null;
}

export interface ShownTargets {
  readonly occurrence: bigint | null;
  readonly targets: readonly ShownTarget[];
}

export class ScheduledRunService {
  /** @param days at least 1 */
  async list(jobId: bigint, days: bigint, { unitOfWork, clock }: RequestContext): Promise<readonly ShownRun[]> {
    const since = secondsOf(clock.now()) - days * DAY_SECONDS;
    return await unitOfWork.read(({ scheduledRuns }) => scheduledRuns.list(jobId, since, MOST_RUNS));
  }

  /** All but those of the latest occurrence. */
  async clear(jobId: bigint, { unitOfWork, log }: RequestContext): Promise<ClearedRuns> {
    const cleared = await unitOfWork.write(async ({ scheduledRuns }) => {
      const latest = await scheduledRuns.latestOccurrence(jobId);
      if (latest === null) return { cleared: 0, keptOccurrence: null };
      return { cleared: await scheduledRuns.deleteBefore(jobId, latest), keptOccurrence: latest };
    });
    log.info(`scheduled-runs-cleared job=${jobId} runs=${cleared.cleared}`);
    return cleared;
  }

  /**
   * What one occurrence came to on each target.
   * @param occurrence null for the latest
   * @throws EngineError `job_not_found`
   */
  async listTargets(jobId: bigint, occurrence: bigint | null, context: RequestContext): Promise<ShownTargets> {
    const online = onlineHosts(context.agents, context.clock.now());
    return await context.unitOfWork.read(async (repositories) => {
      const job = await repositories.scheduledJobs.find(jobId);
      if (job === undefined) throw new EngineError('job_not_found');
      const hosts = hostsOf(storedValue(job.targets) ?? []);
      const shown = occurrence ?? (await repositories.scheduledRuns.latestOccurrence(jobId));
      return { occurrence: shown, targets: await targetsOf(jobId, shown, hosts, online, repositories) };
    });
  }
}

async function targetsOf(
  jobId: bigint,
  occurrence: bigint | null,
  hosts: readonly string[],
  online: ReadonlySet<string>,
  { scheduledRuns, sites }: Repositories,
): Promise<readonly ShownTarget[]> {
  const runs = occurrence === null ? new Map<string, HostRun>() : await scheduledRuns.listByHost(jobId, occurrence);
  const activities = await scheduledRuns.listActivities([...runs.values()].map(({ id }) => id));
  const siteNames = await sites.namesByHostname(hosts);
  return hosts.map((hostname) => {
    const run = runs.get(hostname);
    return {
      hostname,
      online: online.has(hostname),
      site: siteNames.get(hostname) ?? '',
      status: run?.status || 'Pending',
      ranOn: (run?.startedAt || run?.finishedAt) ?? null,
      activities: run === undefined ? [] : (activities.get(run.id) ?? []),
    };
  });
}
