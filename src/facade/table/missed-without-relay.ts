/**
 * What would be lost with the sockets at the engine and no relay to the legacy: emissions of the legacy, which reach its own clients
 * alone, and presence, which it does not hear of. Pure.
 */
import { LEGACY_ROUTES } from '../../legacy-bridge/legacy-routes.js';
import { PRESENCE_READERS } from '../../legacy-bridge/realtime/presence-readers.js';
import { chooseRow } from '../listener/choose-row.js';
import { jobOf, SCHEDULER_ROW } from './background-tasks.js';
import { schedulerOf } from './scheduler-row.js';
import { type Position, positionRank } from './stage.js';
import { positionedOf, standingsOf } from './standings.js';
import type { TableSnapshot } from './table-snapshot.js';

const EMITTING = LEGACY_ROUTES.filter(({ emits }) => emits === true).flatMap(({ methods, rule }) =>
  methods.map((method) => [method, rule] as const),
);

/**
 * @param moved targets of flips that are thought of, with where they would go
 * @returns ids of rows and tasks that are not the engine's yet; empty where nothing would be lost
 */
export function missedWithoutRelay(
  snapshot: TableSnapshot,
  moved: ReadonlyMap<string, Position> = new Map(),
): readonly string[] {
  const standings = standingsOf(positionedOf(snapshot, moved));
  if (snapshot.sockets.relay || standings.get('sockets')?.stage !== 'engine') return [];
  const rows = [...EMITTING, ...PRESENCE_READERS].map(([method, path]) => chooseRow(snapshot, method, path).row);
  // At verify and beyond the engine serves all of a row's requests.
  const atLegacy = rows.filter((row) => {
    const stage = moved.get(row.group ?? row.id) ?? row.stage;
    return positionRank(stage) < positionRank('verify');
  });
  return [...new Set(atLegacy.map(({ id }) => id)), ...(hasJobsAtLegacy(snapshot, moved) ? [SCHEDULER_ROW] : [])];
}

/** For a problem's or an error's text. */
export function describeMissed(missed: readonly string[]): string {
  return `sockets.relay is false, so with the sockets at the engine agents would miss what the legacy emits, or look offline to it: ${missed.join(', ')} must be at the engine first`;
}

/** One is enough: the legacy's scheduler dispatches it. */
function hasJobsAtLegacy(snapshot: TableSnapshot, moved: ReadonlyMap<string, Position>): boolean {
  const whole = moved.get(SCHEDULER_ROW);
  if (whole !== undefined) return whole === 'legacy';
  const { owner, jobs } = schedulerOf(snapshot);
  const movedJobs = [...moved].flatMap(([target, to]) => {
    const job = jobOf(target);
    return job === undefined ? [] : [[job, to] as const];
  });
  return [owner, ...Object.values({ ...jobs, ...Object.fromEntries(movedJobs) })].includes('legacy');
}
