/** Takes what is reported of playbooks, and shows it (assemblies-and-runs 9). */
import { EngineError } from '../../domain/engine-error.js';
import { type ListedRecap, type Recap, type RecapFields, shownRecap } from '../../domain/recap.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import type { EventSink, RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';

export class RecapService {
  /** Makes or changes the recap of a run; its activity and its scheduled run follow, as far as the report names them. */
  async report(report: RecapFields, { unitOfWork, clock, events, log }: RequestContext): Promise<Recap> {
    const now = secondsOf(clock.now());
    const recap = await unitOfWork.write(async (repositories) => {
      await repositories.recaps.store(report, now);
      await mirror(report, now, repositories);
      const stored = await repositories.recaps.findByRunId(report.runId);
      if (stored === undefined) throw new TypeError('a recap that was stored is gone');
      return stored;
    });
    tellRecap(recap, events);
    log.info(`recap-stored id=${recap.id}`);
    return recap;
  }

  /** @throws EngineError `recap_not_found` */
  async find(id: bigint, { unitOfWork }: RequestContext): Promise<Recap> {
    return found(await unitOfWork.read(({ recaps }) => recaps.find(id)));
  }

  /** Of the last run of an activity. @throws EngineError `recap_not_found` */
  async findByActivity(activityId: bigint, { unitOfWork }: RequestContext): Promise<Recap> {
    return found(await unitOfWork.read(({ recaps }) => recaps.findByActivity(activityId)));
  }

  /** Last changed first. @param hostname exactly; empty: of all. @param most negative: all */
  async list(hostname: string, most: bigint, { unitOfWork }: RequestContext): Promise<readonly ListedRecap[]> {
    return await unitOfWork.read(({ recaps }) => recaps.list(hostname === '' ? undefined : hostname, most));
  }
}

/** Tells everybody what is stored of a run now. */
export function tellRecap(recap: Recap, events: EventSink): void {
  events.emit('ansible_recap_update', shownRecap(recap));
  if (!recap.activityId) return;
  events.emit('device_activity_changed', {
    hostname: recap.hostname,
    activity_id: recap.activityId,
    status: recap.status,
    change: 'updated',
    source: 'ansible',
  });
}

/** A report that names no status ends nothing: the legacy calls such a run a success (F14). */
async function mirror(report: RecapFields, now: bigint, { jobResults }: Repositories): Promise<void> {
  const { activityId, scheduledJobId: jobId, scheduledRunId: runId, status, startedAt, finishedAt } = report;
  if (activityId) await jobResults.storeRecap({ activityId, status, stdout: report.recapText });
  if (!jobId || !runId || status === null) return;
  const key = { jobId, runId };
  if (status.toLowerCase() === 'running') await jobResults.beginRun(key, startedAt ?? now, now);
  else await jobResults.endRun(key, { status, error: null, finishedAt }, now);
}

function found(recap: Recap | undefined): Recap {
  if (recap === undefined) throw new EngineError('recap_not_found');
  return recap;
}
