/** All rows that comparing, the gate and the guard know, in the one form that they know: an event's row as if it were a route's. */
import type { EventRow, RouteRow, TableSnapshot } from './table-snapshot.js';

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

/** Of routes and events in the table's order, the default row last. */
export function comparedRows({ routes, sockets, defaultRow }: ComparedTable): readonly RouteRow[] {
  return [...routes, ...[...sockets.events.values()].map(asComparedRow), defaultRow];
}

/** @returns undefined when the table has no such row */
export function comparedRow({ routes, sockets, defaultRow }: ComparedTable, id: string): RouteRow | undefined {
  const route = id === defaultRow.id ? defaultRow : routes.find((row) => row.id === id);
  if (route !== undefined) return route;
  const event = [...sockets.events.values()].find((row) => row.id === id);
  return event && asComparedRow(event);
}

type ComparedTable = Pick<TableSnapshot, 'routes' | 'sockets' | 'defaultRow'>;
