/**
 * What the engine needs before it may run any job: clients that it can reach, and word of who is there. It holds without being
 * written in a table, and in both directions. Pure.
 */
import { PRESENCE_EVENTS } from '../../legacy-bridge/realtime/client-events.js';
import { SCHEDULER_ROW } from './background-tasks.js';
import { EVENT_PREFIX } from './event-id.js';
import { type UnmetRequirement, unmetRequirements } from './requirements.js';
import type { Position, SocketsStage } from './stage.js';
import { positionedOf, type Standing, standingsOf } from './standings.js';
import type { Requirement, TableSnapshot } from './table-snapshot.js';

const SCHEDULER_NEEDS: readonly Requirement[] = [
  // At `legacy` the tunnels end there, and what the engine dispatches would reach nobody.
  { id: 'sockets', atLeast: 'split', orBoth: false },
  // Offline is who was not heard of: an engine that hears nothing would let every run expire.
  ...PRESENCE_EVENTS.map((event) => ({ id: EVENT_PREFIX + event, atLeast: 'engine' as const, orBoth: true })),
];

/** @param standings of the table, as it is or as flips would make it */
export function unmetNeedsOfScheduler(standings: ReadonlyMap<string, Standing>): UnmetRequirement<Requirement>[] {
  return unmetAt(standings.get(SCHEDULER_ROW)?.furthest ?? 'legacy', standings);
}

/** Why the engine can't know what it would dispatch, as a sentence; undefined when it hears who is there. */
export function whyNotCompared(snapshot: TableSnapshot): string | undefined {
  const unmet = unmetAt('engine', standingsOf(positionedOf(snapshot)));
  if (unmet.length === 0) return undefined;
  const needs = unmet.map(
    ({ requirement: { id, atLeast, orBoth } }) => `${id} at ${atLeast}${orBoth ? ' or with both' : ''}`,
  );
  return `Ticks are not compared: the engine would need ${needs.join(', ')} to know who is online.`;
}

function unmetAt(stage: Position, standings: ReadonlyMap<string, Standing>): UnmetRequirement<Requirement>[] {
  const sockets = standings.get('sockets')?.stage;
  const unnamed = unnamedEvent(sockets === 'engine' ? 'engine' : 'legacy');
  return unmetRequirements(
    [{ id: SCHEDULER_ROW, stage, requires: SCHEDULER_NEEDS }],
    (id) => standings.get(id) ?? unnamed,
  );
}

/** Events without a row are handled by the legacy, unless the sockets are the engine's whole. */
function unnamedEvent(stage: SocketsStage): Standing {
  return { stage, furthest: stage, both: stage === 'engine' };
}
