/** Where a row goes next, and whose answers must have been compared for that. Pure. */
import type { Side } from '../../side.js';
import { STAGES, type Stage, stageRank } from '../../table/stage.js';
import type { RouteRow } from '../../table/table-snapshot.js';

/** Methods that are compared where the engine answers. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Whether a row has requests that can be sent to the legacy a second time. */
export function hasSafeMethods({ matches }: Pick<RouteRow, 'matches'>): boolean {
  return matches.length === 0 || matches.some(({ methods }) => methods === '*' || methods.some((one) => SAFE.has(one)));
}

/**
 * The next stage on the way. A row without safe methods passes over `verify`, where nothing of it would be compared.
 * @returns undefined at `retired`
 */
export function nextStage(row: Pick<RouteRow, 'stage' | 'matches'>): Stage | undefined {
  const next = STAGES[stageRank(row.stage) + 1];
  return next === 'verify' && !hasSafeMethods(row) ? 'engine' : next;
}

/** The side that answers the clients whose requests are compared at the row's stage; undefined where none are. */
export function comparedSide(row: Pick<RouteRow, 'stage' | 'matches'>): Side | undefined {
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
      return hasSafeMethods(row) ? 'engine' : 'legacy';
  }
}
