/** Says in the rows of a run on the server how it ended, and tells everybody. */
import { EngineError } from '../../domain/engine-error.js';
import type { ServerRunEnd } from '../../domain/playbook-run.js';
import type { Recap } from '../../domain/recap.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import type { RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';
import { tellRecap } from './recap-service.js';

/** Nobody repeats an end: the database is waited for longer than for requests, whose callers wait too. */
const TRIES = 4;

const UNSAID = {
  ...{ hostname: null, agentId: null, playbookPath: null, playbookName: null },
  ...{ scheduledJobId: null, scheduledRunId: null, activityId: null, startedAt: null },
} as const;

export interface EndOptions {
  /** Nothing of its files is left: else it stays noted, and they are removed at the next start. */
  readonly isGone: boolean;
  /** A run that has ended already stays as it is. Default: the last word counts. */
  readonly onlyIfRunning?: boolean;
}

/** The recap says which activity and which scheduled run are meant. @throws EngineError those of the database */
export async function endServerRun(
  runId: string,
  end: ServerRunEnd,
  options: EndOptions,
  context: RequestContext,
): Promise<void> {
  const now = secondsOf(context.clock.now());
  for (let tries = 1; ; tries += 1) {
    try {
      const recap = await context.unitOfWork.write((repositories) => write(runId, end, options, now, repositories));
      if (recap !== undefined) tellRecap(recap, context.events);
      return;
    } catch (error) {
      const isBusy = error instanceof EngineError && error.code === 'database_busy';
      if (!isBusy || tries === TRIES) throw error;
    }
  }
}

/** @returns undefined when there is nothing to tell */
async function write(
  runId: string,
  end: ServerRunEnd,
  { isGone, onlyIfRunning = false }: EndOptions,
  now: bigint,
  { recaps, jobResults, serverRuns }: Repositories,
): Promise<Recap | undefined> {
  if (isGone) await serverRuns.forget(runId);
  const before = await recaps.findByRunId(runId);
  if (before === undefined || (onlyIfRunning && before.status.toLowerCase() !== 'running')) return undefined;
  const { status, stdout: recapText, error } = end;
  await recaps.store({ ...UNSAID, runId, status, recapText, recapJson: '{}', finishedAt: now }, now);
  const recap = await recaps.findByRunId(runId);
  if (recap === undefined) return undefined;
  const { activityId, scheduledJobId: jobId, scheduledRunId } = recap;
  if (activityId) await jobResults.storeEnd(activityId, end, now);
  if (jobId && scheduledRunId)
    await jobResults.endRun({ jobId, runId: scheduledRunId }, { status, error, finishedAt: now }, now);
  return recap;
}
