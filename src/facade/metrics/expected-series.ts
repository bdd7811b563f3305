/**
 * Counters that alerts ask for the increase of, at 0 before they are first counted: of a series that begins at 1 Prometheus sees no
 * increase, so that the first time, often the only one, would alarm nobody. Pure.
 */
import { ALERT_OUTCOMES } from '../alerting/webhook-queue.js';
import { GUARD_CAUSES } from '../guard/guard-judgement.js';
import type { Side } from '../side.js';
import type { TableSnapshot } from '../table/table-snapshot.js';
import type { EventFateWord } from './event-metrics.js';

type CountedTable = Pick<TableSnapshot, 'routes' | 'defaultRow' | 'sockets'>;

/** Row and cause. */
export function* expectedTrips(table: CountedTable | undefined): Generator<[row: string, cause: string]> {
  if (table === undefined) return;
  const rows = [...table.routes, table.defaultRow, ...table.sockets.events.values()];
  for (const { id, guard } of rows) if (guard.on) for (const cause of GUARD_CAUSES) yield [id, cause];
}

/** Number of the webhook and outcome. */
export function* expectedAlerts(webhooks: Iterable<number>): Generator<[webhook: string, outcome: string]> {
  for (const webhook of webhooks) for (const outcome of ALERT_OUTCOMES) yield [String(webhook), outcome];
}

/** Number of the webhook. */
export function* expectedTries(webhooks: Iterable<number>): Generator<[webhook: string]> {
  for (const webhook of webhooks) yield [String(webhook)];
}

const LOSSES: readonly (readonly [side: Side, outcome: EventFateWord])[] = [
  ['engine', 'lost'],
  ['engine', 'dropped'],
  ['legacy', 'dropped'],
];

/** Losses of the events that are in force. */
export function* expectedLosses(
  table: CountedTable | undefined,
): Generator<[event: string, side: Side, outcome: EventFateWord]> {
  if (table?.sockets.stage !== 'split') return;
  for (const { event } of table.sockets.events.values()) for (const loss of LOSSES) yield [event, ...loss];
}
