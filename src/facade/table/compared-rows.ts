/**
 * All rows that comparing, the gate and the guard know, in the one form that they know: an event's row, and the scheduler's, as if it
 * were a route's.
 */
import { SCHEDULER, SCHEDULER_ROW } from './background-tasks.js';
import { GUARD_DEFAULTS } from './guard-config.js';
import { schedulerOf } from './scheduler-row.js';
import type { BackgroundRow, EventRow, RouteRow, TableSnapshot } from './table-snapshot.js';

/** Stands for the method of an event: nothing of HTTP has that name. */
export const EVENT_METHOD = 'EVENT';

/** An event is never repeated at the legacy, so that nothing of it is compared where the engine answers. */
export function asComparedRow(event: EventRow): RouteRow {
  const { id, group, stage, canary, fallback, requires, sample, compare, gate, guard } = event;
  return {
    ...{ id, group, stage, canary, fallback, requires, sample, compare, gate, guard },
    matches: [{ methods: [EVENT_METHOD], rule: event.event }],
    access: 'public',
    timeoutMs: 0,
    askLegacyAgain: false,
  };
}

/** Whether a row is one that `asComparedRow` made. */
export function isEvent({ matches }: Pick<RouteRow, 'matches'>): boolean {
  return matches.some(({ methods }) => methods.includes(EVENT_METHOD));
}

/** Stands for the method of what the scheduler does in a tick. */
export const TICK_METHOD = 'TICK';

/** While the legacy owns the scheduler, its ticks are compared; the engine's are compared with nothing. */
export function asComparedScheduler({ owner, sample, compare, gate }: BackgroundRow): RouteRow {
  return {
    ...{ sample, compare, gate, id: SCHEDULER_ROW, group: undefined, canary: undefined },
    stage: owner === 'legacy' ? 'shadow' : 'engine',
    fallback: 'none',
    requires: [],
    matches: [{ methods: [TICK_METHOD], rule: SCHEDULER }],
    access: 'public',
    timeoutMs: 0,
    askLegacyAgain: false,
    guard: { ...GUARD_DEFAULTS, on: false },
  };
}

/** Whether a row is one that `asComparedScheduler` made. */
export function isTask({ matches }: Pick<RouteRow, 'matches'>): boolean {
  return matches.some(({ methods }) => methods.includes(TICK_METHOD));
}

/** Of routes and events in the table's order, then the scheduler, the default row last. */
export function comparedRows({ routes, sockets, defaultRow, background }: ComparedTable): readonly RouteRow[] {
  const tasks = background.filter(({ name }) => name === SCHEDULER).map(asComparedScheduler);
  return [...routes, ...[...sockets.events.values()].map(asComparedRow), ...tasks, defaultRow];
}

/** @returns undefined when the table has no such row */
export function comparedRow(table: ComparedTable, id: string): RouteRow | undefined {
  const { routes, sockets, defaultRow } = table;
  if (id === SCHEDULER_ROW) return asComparedScheduler(schedulerOf(table));
  const route = id === defaultRow.id ? defaultRow : routes.find((row) => row.id === id);
  if (route !== undefined) return route;
  const event = [...sockets.events.values()].find((row) => row.id === id);
  return event && asComparedRow(event);
}

type ComparedTable = Pick<TableSnapshot, 'routes' | 'sockets' | 'defaultRow' | 'background'>;
