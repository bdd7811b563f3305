/** Takes what an agent reports of a script: into the activity and the run that it belongs to (sockets 5; scheduler 7.5). */
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { EngineError } from '../domain/engine-error.js';
import type { JobResult } from '../domain/job-result.js';
import type { Repositories } from '../repositories/unit-of-work.js';
import type { RequestContext } from './request-context.js';
import { writeTime } from './write-time.js';

/** No agent repeats a result: the database is waited for longer than for requests, whose callers wait too. */
const TRIES = 4;

export class JobResultService {
  /** @throws EngineError those of the database */
  async store(result: JobResult, context: RequestContext): Promise<void> {
    const { unitOfWork, clock, events } = context;
    const { seconds } = writeTime(clock.now());
    const hostname = await patiently(() =>
      unitOfWork.write(async (repositories) => {
        const found = await repositories.jobResults.storeResult(result);
        await closeRun(result, seconds, repositories);
        return found ?? '';
      }),
    );
    if (trimmed(hostname) === '') return;
    events.emit('device_activity_changed', {
      activity_id: result.activityId,
      hostname,
      status: result.status,
      change: 'updated',
      source: 'quick_job',
    });
  }
}

/** The last word counts, whatever the run has heard before. */
async function closeRun({ activityId, status }: JobResult, now: number, { jobResults }: Repositories): Promise<void> {
  const runId = await jobResults.findLinkedRun(activityId);
  if (runId === undefined) return;
  if (status.toLowerCase() === 'running') await jobResults.markRunning(runId, now);
  else await jobResults.finishRun(runId, status, now);
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const isBusy = error instanceof EngineError && error.code === 'database_busy';
      if (!isBusy || tries === TRIES) throw error;
    }
  }
}
