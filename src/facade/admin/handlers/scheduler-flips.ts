/**
 * What flips that touch scheduled jobs are asked beyond the rules of the table, because only the database or the engine knows it, and
 * what whoever makes one is told besides.
 */
import { SchedulerEngineError } from '../../scheduler/scheduler-engine.js';
import { jobOf, SCHEDULER_ROW } from '../../table/background-tasks.js';
import { JOBS_SHOWN_OFF, rowThatShowsJobsOff } from '../../table/jobs-shown-off.js';
import type { FlipRequest, TableVersion } from '../../table/migration-table-store.js';
import { engineSchedules, schedulerOf } from '../../table/scheduler-row.js';
import { TableError } from '../../table/table-error.js';
import type { AdminDeps, AdminScheduler } from '../admin-deps.js';

type Deps = Pick<AdminDeps, 'table' | 'scheduler'>;

/** @throws TableError `unknown_job`, `requires_unmet` */
export async function checkSchedulerFlip(deps: Deps, request: FlipRequest): Promise<void> {
  checkSocketsGoLast(deps, request);
  await checkJobsExist(deps, request);
}

/** A new version, and what to mind now that it is in force. */
export type MadeVersion = TableVersion & { readonly warnings: readonly string[] };

export function withWarnings({ table, scheduler }: Deps, version: TableVersion): MadeVersion {
  const snapshot = table.current();
  const gives = engineSchedules(schedulerOf(snapshot));
  const left = ownedJobs(scheduler);
  const outOfReach = snapshot.sockets.stage === 'legacy' && left > 0;
  const row = gives ? rowThatShowsJobsOff(snapshot) : undefined;
  return {
    ...version,
    warnings: [
      ...(outOfReach
        ? [
            `${jobs(left)} still the engine's while the sockets are at the legacy: until it has handed back, its runs reach no agent`,
          ]
        : []),
      ...(row === undefined ? [] : [`${JOBS_SHOWN_OFF}: facade flip ${row} engine`]),
    ],
  };
}

/** The sockets go at once and jobs after the engine's next tick: runs that it begins in between would reach nobody. */
function checkSocketsGoLast({ table, scheduler }: Deps, { target, also = [], stage, force }: FlipRequest): void {
  if (stage !== 'legacy' || force === true || ![target, ...also].includes('sockets')) return;
  const snapshot = table.current();
  const left = ownedJobs(scheduler);
  if (snapshot.sockets.stage === 'legacy' || (left === 0 && !engineSchedules(schedulerOf(snapshot)))) return;
  throw new TableError(
    'requires_unmet',
    `Refused: ${left === 0 ? 'the engine may have jobs' : `${jobs(left)} the engine's`}, and it hands them back after its next tick, while sockets go at once: what it dispatches until then would reach no agent. First hand back (facade jobs hand-back), or say --force with ${SCHEDULER_ROW} beside sockets.`,
  );
}

/** A word about a job that is not there would stay in the table for good. Taking such a word out is never refused. */
async function checkJobsExist({ table, scheduler }: Deps, { target, also = [], stage }: FlipRequest): Promise<void> {
  if (scheduler === undefined || stage === schedulerOf(table.current()).owner) return;
  const ids = [target, ...also].flatMap((one) => jobOf(one) ?? []);
  const unknown: string[] = [];
  for (const id of ids) if (!(await isThere(scheduler, Number(id)))) unknown.push(id);
  if (unknown.length > 0) throw new TableError('unknown_job', `No scheduled job has the id ${unknown.join(', or ')}.`);
}

/** An engine that can't be asked is another rule's business, and holds up no way back. */
async function isThere(scheduler: AdminScheduler, id: number): Promise<boolean> {
  try {
    const { jobs: page } = await scheduler.jobs(id - 1, 1);
    return page[0]?.id === id;
  } catch (error) {
    if (error instanceof SchedulerEngineError) return true;
    throw error;
  }
}

/** By the database, or else by the engine; 0 while nobody has said. */
function ownedJobs(scheduler: AdminScheduler | undefined): number {
  const view = scheduler?.view();
  return view?.jobs?.engine ?? view?.engine?.owned_jobs ?? 0;
}

function jobs(count: number): string {
  return count === 1 ? '1 job is' : `${count} jobs are`;
}
