/** Whether the engine could dispatch what jobs demand, now: it is there, has the task, reads the jobs, and knows who is online. */
import type { SchedulerEngine } from '../scheduler/scheduler-engine.js';
import { SchedulerEngineError } from '../scheduler/scheduler-engine.js';
import { SCHEDULER } from '../table/background-tasks.js';
import { engineSchedules, ownerOfJob, schedulerOf } from '../table/scheduler-row.js';
import type { TableSnapshot } from '../table/table-snapshot.js';

export interface SchedulerSides {
  readonly engine: Pick<SchedulerEngine, 'state' | 'jobs' | 'shadow'>;
  /** Whether the packet bridge is linked with the engine; undefined where none is wanted. */
  readonly socketLink: () => boolean | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The engine gets jobs to run that it had not. */
export function jobsTowardsEngine(next: TableSnapshot, previous: TableSnapshot): boolean {
  if (next.background.length === 0) return false;
  const [after, before] = [schedulerOf(next), schedulerOf(previous)];
  if (!engineSchedules(after)) return false;
  if (after.owner === 'engine' && before.owner === 'legacy') return true;
  const named = new Set([...Object.keys(after.jobs), ...Object.keys(before.jobs)]);
  return [...named].some((id) => ownerOfJob(after, id) === 'engine' && ownerOfJob(before, id) === 'legacy');
}

/**
 * Nobody stands in for an engine that does not dispatch, so that one which can't be asked is not fit.
 * @param forced also an engine that does not know yet who is online: to it, hosts are offline until they report
 * @returns why not, as a sentence; undefined when it is fit
 */
export async function schedulerUnfit(
  { engine, socketLink, now }: SchedulerSides,
  forced: boolean,
): Promise<string | undefined> {
  if (socketLink() === false)
    return 'The packet bridge has no link to the engine, so that nothing the engine dispatches would reach an agent.';
  try {
    const { tasks } = await engine.state();
    if (!tasks.includes(SCHEDULER)) return 'The engine has no scheduler, so that nobody would run the jobs.';
    await engine.jobs(0, 1);
    const { presence_known } = await engine.shadow(Math.floor(now() / 60_000) * 60);
    if (presence_known || forced) return undefined;
    return 'The engine does not know yet who is online: it has to hear what agents say of themselves for five minutes first. Forced, it takes hosts for offline until they report.';
  } catch (error) {
    if (!(error instanceof SchedulerEngineError)) throw error;
    return `The engine can't take the scheduler over now: ${error.message}.`;
  }
}
