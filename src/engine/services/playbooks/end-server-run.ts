/** Says in the rows of runs on the server how they ended, and tells everybody. */
import type { ServerRunEnd, ServerRunRows } from '../../domain/playbook-run.js';
import type { Recap } from '../../domain/recap.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import type { RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';
import { tellRecap } from './recap-service.js';

const UNSAID = { hostname: null, agentId: null, playbookPath: null, playbookName: null, startedAt: null } as const;

export interface EndedRun {
  readonly run: ServerRunRows;
  readonly end: ServerRunEnd;
  /** Nothing of its files is left: else it stays noted, and they are removed at the next start. */
  readonly isGone: boolean;
  /** A run that has ended already stays as it is. Default: the last word counts. */
  readonly onlyIfRunning?: boolean;
}

/** All in one transaction. @throws EngineError those of the database */
export async function endServerRuns(ended: readonly EndedRun[], context: RequestContext): Promise<void> {
  const now = secondsOf(context.clock.now());
  const recaps = await context.unitOfWork.write(async (repositories) => {
    const written: Recap[] = [];
    for (const one of ended) {
      const recap = await write(one, now, repositories);
      if (recap !== undefined) written.push(recap);
    }
    return written;
  });
  for (const recap of recaps) tellRecap(recap, context.events);
}

/**
 * The activity and the scheduled run are those that the run was begun with: anyone may report a recap that names others.
 * @returns undefined when there is nothing to tell
 */
async function write(
  { run, end, isGone, onlyIfRunning = false }: EndedRun,
  now: bigint,
  { recaps, jobResults, serverRuns }: Repositories,
): Promise<Recap | undefined> {
  const { runId } = run;
  if (isGone) await serverRuns.forget(runId);
  const before = await recaps.findByRunId(runId);
  if (onlyIfRunning && before !== undefined && before.status.toLowerCase() !== 'running') return undefined;
  // Of runs that an engine of before noted, the recap alone knows.
  const activityId = run.activityId ?? before?.activityId ?? null;
  const jobId = run.scheduled?.jobId ?? (run.activityId === null ? before?.scheduledJobId : null) ?? null;
  const scheduledRunId = run.scheduled?.runId ?? (run.activityId === null ? before?.scheduledRunId : null) ?? null;
  const { status, stdout: recapText, error } = end;
  const own = { activityId, scheduledJobId: jobId, scheduledRunId };
  if (before !== undefined)
    await recaps.store({ ...UNSAID, ...own, runId, status, recapText, recapJson: '{}', finishedAt: now }, now);
  if (activityId) await jobResults.storeEnd(activityId, end, now);
  if (jobId && scheduledRunId)
    await jobResults.endRun({ jobId, runId: scheduledRunId }, { status, error, finishedAt: now }, now);
  return await recaps.findByRunId(runId);
}
