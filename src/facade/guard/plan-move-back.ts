/** Which rows go back when one must, and in which order. Looks at one snapshot, changes nothing. */
import { unmetRequirements } from '../table/requirements.js';
import { unmetNeedsOfScheduler } from '../table/scheduler-needs.js';
import type { Stage } from '../table/stage.js';
import { positionedOf, standingsOf } from '../table/standings.js';
import type { EventRow, Requirement, RouteRow, TableSnapshot } from '../table/table-snapshot.js';

/** One row, or one group, and where it goes. */
export interface MoveBack {
  /** Id of the group for rows that are in one. */
  readonly target: string;
  readonly stage: Stage;
}

export type MoveBackPlan =
  /** In this order each step leaves a valid table; the row that misbehaved comes last. */
  | { readonly moves: readonly MoveBack[] }
  /** Rows without a legacy to go back to require this one. */
  | { readonly blockedBy: readonly string[] };

/**
 * Rows that require the one that goes back go with it, to `legacy`: the legacy answers them as it did before, while
 * leaving the row where it is would keep clients with an engine that fails them.
 */
export function planMoveBack(snapshot: TableSnapshot, target: string, stage: Stage): MoveBackPlan {
  const moved = new Map<string, Stage>([[target, stage]]);
  for (;;) {
    const retired: string[] = [];
    const [next] = unmetAfter(snapshot, moved).flatMap(({ requirer }) => {
      const row = rowsOf(snapshot).find(({ id }) => id === requirer.id);
      if (row?.stage === 'retired') retired.push(requirer.id);
      return [row?.group ?? requirer.id];
    });
    if (retired.length > 0) return { blockedBy: retired };
    if (next === undefined) return { moves: ordered(snapshot, moved) };
    moved.set(next, 'legacy');
  }
}

/** What requires others goes first. Requirements have no circles, so that there is always one that can go. */
function ordered(snapshot: TableSnapshot, moved: ReadonlyMap<string, Stage>): MoveBack[] {
  const done = new Map<string, Stage>();
  while (done.size < moved.size) {
    const next = [...moved].find(
      ([target, stage]) => !done.has(target) && unmetAfter(snapshot, new Map([...done, [target, stage]])).length === 0,
    );
    if (next === undefined) throw new TypeError('requirements of a valid table go round in circles');
    done.set(...next);
  }
  return [...done].map(([target, stage]) => ({ target, stage }));
}

function unmetAfter(snapshot: TableSnapshot, moved: ReadonlyMap<string, Stage>) {
  const standings = standingsOf(positionedOf(snapshot, moved));
  const rows = rowsOf(snapshot).map(({ id, requires }) => ({
    id,
    requires,
    stage: standings.get(id)?.furthest ?? 'legacy',
  }));
  return [...unmetRequirements<Requirement>(rows, (id) => standings.get(id)), ...unmetNeedsOfScheduler(standings)];
}

function rowsOf({ routes, sockets }: TableSnapshot): readonly (RouteRow | EventRow)[] {
  return [...routes, ...sockets.events.values()];
}
