/** Where a row goes next, and whose answers must have been compared for that. Pure. */
import type { Side } from '../../side.js';
import { isTask } from '../../table/compared-rows.js';
import { STAGES, type Stage, stageRank } from '../../table/stage.js';
import type { RouteRow } from '../../table/table-snapshot.js';

/** Methods that are compared where the engine answers. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

type Travelling = Pick<RouteRow, 'stage' | 'matches' | 'askLegacyAgain'>;

/** Whether a row has requests that may be sent to the legacy besides the engine: what `verify` compares. */
function asksBoth({ matches, askLegacyAgain }: Omit<Travelling, 'stage'>): boolean {
  if (!askLegacyAgain) return false;
  return matches.length === 0 || matches.some(({ methods }) => methods === '*' || methods.some((one) => SAFE.has(one)));
}

/**
 * The next stage on the way. A row without requests that may go to both sides passes over `verify`, where nothing of it would be compared.
 * A task goes from the one side to the other: it has no clients of which the engine could get a share.
 * @returns undefined at `retired`, and for a task of the engine's
 */
export function nextStage(row: Travelling): Stage | undefined {
  if (isTask(row)) return row.stage === 'engine' ? undefined : 'engine';
  const next = STAGES[stageRank(row.stage) + 1];
  return next === 'verify' && !asksBoth(row) ? 'engine' : next;
}

/** The side that answers the clients whose requests are compared at the row's stage; undefined where none are. */
export function comparedSide(row: Travelling): Side | undefined {
  switch (row.stage) {
    case 'legacy':
    case 'retired':
      return undefined;
    case 'shadow':
    case 'canary':
      return 'legacy';
    case 'verify':
    case 'engine':
      // The writes of a row were compared before it came here, and can't be any more.
      return asksBoth(row) ? 'engine' : 'legacy';
  }
}
