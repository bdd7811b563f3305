/** Which requirements a set of stages leaves unmet. Used for whole tables and for single flips alike. */

import { SCHEDULER_ROW } from './background-tasks.js';
import { type Position, positionRank } from './stage.js';
import type { Standing } from './standings.js';
import type { Requirement } from './table-snapshot.js';

/** Something that requires others: a row, with its group's requirements among its own. */
export interface Requirer<R extends Requirement> {
  readonly id: string;
  readonly stage: Position;
  readonly requires: readonly R[];
}

export interface UnmetRequirement<R extends Requirement> {
  readonly requirer: Requirer<R>;
  readonly requirement: R;
  /** Where the required one is now. */
  readonly found: Position;
}

/**
 * Where the engine answers (canary and beyond), all that a row requires must have got far enough. At `legacy` and `shadow` the legacy
 * answers every client, so it requires nothing there and may be compared before its requirements are met.
 * @param standingOf undefined for ids that do not exist, which are another rule's business
 */
export function unmetRequirements<R extends Requirement>(
  requirers: Iterable<Requirer<R>>,
  standingOf: (id: string) => Standing | undefined,
): UnmetRequirement<R>[] {
  const unmet: UnmetRequirement<R>[] = [];
  for (const requirer of requirers) {
    if (positionRank(requirer.stage) < positionRank('canary')) continue;
    for (const requirement of requirer.requires) {
      const found = standingOf(requirement.id);
      if (found !== undefined && !isMet(requirement, found)) unmet.push({ requirer, requirement, found: found.stage });
    }
  }
  return unmet;
}

function isMet({ atLeast, orBoth }: Requirement, { stage, both }: Standing): boolean {
  return positionRank(stage) >= positionRank(atLeast) || (orBoth && both);
}

/** For a problem's or an error's text. */
export function describeUnmet({ requirer, requirement, found }: UnmetRequirement<Requirement>): string {
  const wish = requirer.id === SCHEDULER_ROW ? 'may give jobs to the engine' : 'may go beyond shadow';
  return `${requirer.id} ${wish} only when ${requirement.id} is at ${requirement.atLeast} or beyond${requirement.orBoth ? ' (or at split with both)' : ''}, and that is at ${found}`;
}
