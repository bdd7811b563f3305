/** Ends runs of the engine's jobs that go on for longer than their job's expiration. */
import { expirationSeconds } from '../../domain/scheduling/expiration.js';
import type { RequestContext } from '../request-context.js';
import { giveWay } from './give-way.js';

const JOBS_AT_ONCE = 200;
/** Runs that are ended in one transaction. */
const RUNS_AT_ONCE = 200;
/** Of what a column holds. */
const MOST_SECONDS = 2n ** 62n;

/** Only overdue runs are read: open ones may be many. @returns how many were ended */
export async function timeOutRuns(now: bigint, context: RequestContext): Promise<number> {
  let timedOut = 0;
  for (let afterId = -(2n ** 63n); ; ) {
    const from = afterId;
    const jobs = await context.unitOfWork.read(({ scheduledJobs }) =>
      scheduledJobs.listExpirations(from, JOBS_AT_ONCE),
    );
    for (const { id, expiration } of jobs) {
      afterId = id;
      const window = expirationSeconds(expiration);
      if (window !== undefined && window !== 0n && now - window > -MOST_SECONDS)
        timedOut += await timeOutJob(id, window, now, context);
    }
    if (jobs.length < JOBS_AT_ONCE) return timedOut;
    await giveWay();
  }
}

async function timeOutJob(jobId: bigint, window: bigint, now: bigint, { unitOfWork }: RequestContext): Promise<number> {
  const startedUntil = now - window < MOST_SECONDS ? now - window : MOST_SECONDS;
  let timedOut = 0;
  for (;;) {
    const runs = await unitOfWork.read(({ scheduledRuns }) =>
      scheduledRuns.listRunning(jobId, startedUntil, RUNS_AT_ONCE),
    );
    if (runs.length === 0) return timedOut;
    const ended = await unitOfWork.write(async ({ scheduledRuns }) => {
      let count = 0;
      for (const { id, startedAt } of runs)
        if (await scheduledRuns.timeOut(id, window < 0n ? startedAt : startedAt + window, now)) count += 1;
      return count;
    });
    timedOut += ended;
    // None: the job changed hands meanwhile.
    if (runs.length < RUNS_AT_ONCE || ended === 0) return timedOut;
    await giveWay();
  }
}
