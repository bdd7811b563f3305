/** Which jobs that went back to the legacy rest there for good: it never leaves an occurrence that it takes for unfinished (F5, F6). */
import { hostsOf } from '../../domain/scheduling/job-targets.js';
import { isRecurring } from '../../domain/scheduling/next-run.js';
import type { Repositories, UnitOfWork } from '../../repositories/unit-of-work.js';
import { earlierProgress } from './earlier-progress.js';
import { giveWay } from './give-way.js';
import { scheduleTypeOf, storedValue } from './scheduled-job-service.js';

const JOBS_AT_ONCE = 50;
/** By then the legacy's clock has ended what runs now. */
const NEXT_TICK_SECONDS = 90n;

/** @param now epoch seconds @returns those of these jobs, in their order */
export async function restingJobs(
  ids: readonly bigint[],
  now: bigint,
  unitOfWork: UnitOfWork,
): Promise<readonly bigint[]> {
  const resting: bigint[] = [];
  for (let at = 0; at < ids.length; at += JOBS_AT_ONCE) {
    if (at > 0) await giveWay();
    await unitOfWork.read(async (repositories) => {
      for (const id of ids.slice(at, at + JOBS_AT_ONCE)) if (await rests(id, now, repositories)) resting.push(id);
    });
  }
  return resting;
}

async function rests(id: bigint, now: bigint, { scheduledJobs, scheduledRuns }: Repositories): Promise<boolean> {
  const job = await scheduledJobs.find(id);
  if (!job?.enabled || !isRecurring(scheduleTypeOf(job))) return false;
  const last = await scheduledRuns.latestOccurrence(id);
  if (last === null) return false;
  const targets = hostsOf(storedValue(job.targets) ?? []);
  const then = now + NEXT_TICK_SECONDS;
  const { ended, hasFailed } = earlierProgress(await scheduledRuns.listWrittenBefore(id, last, then), then);
  if (ended >= Math.max(1, targets.length)) return false;
  return hasFailed || ended >= Math.max(1, new Set(targets).size);
}
