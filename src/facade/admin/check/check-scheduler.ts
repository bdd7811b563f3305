/** Whether somebody runs each scheduled job: the table, the database and the settings say who, and must agree. */
import { type JobCounts, WrittenRuns, WrittenRunsError } from '../../../legacy-bridge/scheduler/written-runs.js';
import type { FacadeSettings } from '../../settings/settings.js';
import { SCHEDULER } from '../../table/background-tasks.js';
import { JOBS_SHOWN_OFF, rowThatShowsJobsOff } from '../../table/jobs-shown-off.js';
import { engineSchedules, schedulerOf } from '../../table/scheduler-row.js';
import type { BackgroundRow, TableSnapshot } from '../../table/table-snapshot.js';
import { type CheckFinding, note, ok, problem, warning } from './check-report.js';

const SUBJECT = 'scheduler';
const BY_HAND = 'Give them back with "facade jobs hand-back --offline".';

/** @param databaseFile undefined where the settings do not say where it is */
export async function checkScheduler(
  snapshot: TableSnapshot,
  { engine: { mode } }: Pick<FacadeSettings, 'engine'>,
  databaseFile: string | undefined,
): Promise<readonly CheckFinding[]> {
  const scheduler = schedulerOf(snapshot);
  const seen = databaseFile === undefined ? undefined : await lookInto(databaseFile, Object.keys(scheduler.jobs));
  return [
    whoRunsThem(scheduler, mode, seen?.counts),
    ...deadJobs(seen?.unknown ?? []),
    ...shownOff(snapshot, seen?.counts.engine),
  ];
}

function whoRunsThem(
  { owner, jobs }: Pick<BackgroundRow, 'owner' | 'jobs'>,
  mode: FacadeSettings['engine']['mode'],
  counts: JobCounts | undefined,
): CheckFinding {
  const wanted = engineSchedules({ owner, jobs });
  if (mode === 'off' && wanted)
    return problem(SUBJECT, 'the table gives jobs to the engine, and engine.mode is off: nobody runs them', giveBack());
  if (mode === 'url' && wanted)
    return warning(
      SUBJECT,
      'the table gives jobs to an engine that the facade does not start: it goes by its own settings',
      'Set BOREALIS_ENGINE_BACKGROUND for it.',
    );
  if (counts === undefined) return ok(SUBJECT, `is the ${owner}'s by the table; the database can't be looked at`);
  if (wanted || counts.engine === 0)
    return ok(SUBJECT, `${jobsAre(counts.legacy)} the legacy's, ${counts.engine} the engine's`);
  const left = `${jobsAre(counts.engine)} the engine's by the database, and the legacy's by the table`;
  if (mode === 'off') return problem(SUBJECT, `${left}; engine.mode is off, so that nobody runs them`, BY_HAND);
  return note(SUBJECT, left, `They go back after the next tick of a running engine. If there is none: ${BY_HAND}`);
}

function jobsAre(count: number): string {
  return count === 1 ? '1 job is' : `${count} jobs are`;
}

/** Deleted since, or written by hand: they do no harm, but whoever reads the table takes them for jobs. */
function deadJobs(ids: readonly string[]): readonly CheckFinding[] {
  if (ids.length === 0) return [];
  const named = `the table names jobs that are not there: ${ids.join(', ')}`;
  return [warning(SUBJECT, named, `Take them out of background.${SCHEDULER}.jobs, or flip them to its owner.`)];
}

function shownOff(snapshot: TableSnapshot, owned: number | undefined): readonly CheckFinding[] {
  const row = owned === 0 ? undefined : rowThatShowsJobsOff(snapshot);
  if (row === undefined || (owned === undefined && !engineSchedules(schedulerOf(snapshot)))) return [];
  return [warning(SUBJECT, JOBS_SHOWN_OFF, `facade flip ${row} engine --why "…"`)];
}

function giveBack(): string {
  return `Write "owner: legacy" into the table, without jobs. ${BY_HAND}`;
}

/** A legacy that has not made its tables yet has no jobs. */
async function lookInto(file: string, ids: readonly string[]) {
  const runs = new WrittenRuns(file);
  try {
    return { counts: (await runs.jobs()).counts, unknown: await runs.unknown(ids) };
  } catch (error) {
    if (error instanceof WrittenRunsError) return undefined;
    throw error;
  }
}
