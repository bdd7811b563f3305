/** Which requirements a set of stages leaves unmet. Used for whole tables and for single flips alike. */
import { type Stage, stageRank } from './stage.js';
import type { Requirement } from './table-snapshot.js';

/** Something that requires others: a row, with its group's requirements among its own. */
export interface Requirer<R extends Requirement> {
  readonly id: string;
  readonly stage: Stage;
  readonly requires: readonly R[];
}

export interface UnmetRequirement<R extends Requirement> {
  readonly requirer: Requirer<R>;
  readonly requirement: R;
  /** Where the required one is now. */
  readonly found: Stage;
}

/**
 * Where the engine answers (canary and beyond), all that a row requires must have got far enough. At `legacy` and `shadow` the legacy
 * answers every client, so it requires nothing there and may be compared before its requirements are met.
 * @param stageOf undefined for ids that do not exist, which are another rule's business
 */
export function unmetRequirements<R extends Requirement>(
  requirers: Iterable<Requirer<R>>,
  stageOf: (id: string) => Stage | undefined,
): UnmetRequirement<R>[] {
  const unmet: UnmetRequirement<R>[] = [];
  for (const requirer of requirers) {
    if (stageRank(requirer.stage) < stageRank('canary')) continue;
    for (const requirement of requirer.requires) {
      const found = stageOf(requirement.id);
      if (found !== undefined && stageRank(found) < stageRank(requirement.atLeast))
        unmet.push({ requirer, requirement, found });
    }
  }
  return unmet;
}

/** For a problem's or an error's text. */
export function describeUnmet({ requirer, requirement, found }: UnmetRequirement<Requirement>): string {
  return `${requirer.id} may go beyond shadow only when ${requirement.id} is at ${requirement.atLeast} or beyond, and that is at ${found}`;
}
