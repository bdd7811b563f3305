/** The stage that a row goes back to: the last one at which the legacy answered all of its clients. Pure. */
import type { TableVersion } from '../table/migration-table-store.js';
import type { Stage } from '../table/stage.js';

/** Stages at which the legacy answers everyone. */
const LEGACY_ANSWERS: readonly string[] = ['legacy', 'shadow'] satisfies readonly Stage[];

/**
 * @param versions newest first
 * @returns `shadow` for a row that came from there, so that comparing goes on and shows when the engine is mended; else `legacy`
 */
export function wayBackStage(versions: Iterable<Pick<TableVersion, 'changes'>>, row: string): 'legacy' | 'shadow' {
  for (const { changes } of versions) {
    const change = changes.find(({ id }) => id === row);
    if (change !== undefined && LEGACY_ANSWERS.includes(change.from))
      return change.from === 'shadow' ? 'shadow' : 'legacy';
  }
  return 'legacy';
}
