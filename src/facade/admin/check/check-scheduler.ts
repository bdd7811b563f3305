/** Whether somebody runs each scheduled job: the table, the database and the settings say who, and must agree. */
import { type JobCounts, WrittenRuns, WrittenRunsError } from '../../../legacy-bridge/scheduler/written-runs.js';
import type { FacadeSettings } from '../../settings/settings.js';
import { engineSchedules, schedulerOf } from '../../table/scheduler-row.js';
import type { TableSnapshot } from '../../table/table-snapshot.js';
import { type CheckFinding, note, ok, problem, warning } from './check-report.js';

const SUBJECT = 'scheduler';
const BY_HAND = 'Give them back with "facade jobs hand-back --offline".';

/** @param databaseFile undefined where the settings do not say where it is */
export async function checkScheduler(
  snapshot: TableSnapshot,
  { engine: { mode } }: Pick<FacadeSettings, 'engine'>,
  databaseFile: string | undefined,
): Promise<readonly CheckFinding[]> {
  const { owner, jobs } = schedulerOf(snapshot);
  const wanted = engineSchedules({ owner, jobs });
  if (mode === 'off' && wanted)
    return [
      problem(SUBJECT, 'the table gives jobs to the engine, and engine.mode is off: nobody runs them', giveBack()),
    ];
  if (mode === 'url' && wanted)
    return [
      warning(
        SUBJECT,
        'the table gives jobs to an engine that the facade does not start: it goes by its own settings',
        'Set BOREALIS_ENGINE_BACKGROUND for it.',
      ),
    ];
  const owned = databaseFile === undefined ? undefined : await ownedJobs(databaseFile);
  if (owned === undefined) return [ok(SUBJECT, `is the ${owner}'s by the table; the database can't be looked at`)];
  if (wanted || owned.engine === 0)
    return [ok(SUBJECT, `${owned.legacy} jobs are the legacy's, ${owned.engine} the engine's`)];
  const left = `${owned.engine} jobs are the engine's by the database, and the legacy's by the table`;
  if (mode === 'off') return [problem(SUBJECT, `${left}; engine.mode is off, so that nobody runs them`, BY_HAND)];
  return [note(SUBJECT, left, `They go back after the next tick of a running engine. If there is none: ${BY_HAND}`)];
}

function giveBack(): string {
  return `Write "owner: legacy" into the table, without jobs. ${BY_HAND}`;
}

/** A legacy that has not made its tables yet has no jobs. */
async function ownedJobs(file: string): Promise<JobCounts | undefined> {
  try {
    return await new WrittenRuns(file).jobs();
  } catch (error) {
    if (error instanceof WrittenRunsError) return undefined;
    throw error;
  }
}
