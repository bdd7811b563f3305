/** From what the guard keeps to what operators are shown. Pure. */

import type { GuardedRow, GuardView, ShownHold } from './guard-view.js';
import type { HoldDown } from './hold-down.js';
import { type RowWatch, WATCHED_STAGES } from './row-watch.js';

/** @param now monotonic milliseconds */
export function guardView(watches: readonly RowWatch[], holds: readonly HoldDown[], now: number): GuardView {
  return {
    rows: watches.filter(({ row }) => WATCHED_STAGES.includes(row.stage)).map((watch) => guardedRow(watch, now)),
    holds: holds.map(shownHold),
  };
}

function guardedRow(watch: RowWatch, now: number): GuardedRow {
  const { row, blocked } = watch;
  const { on, ...limits } = row.guard;
  return {
    row: row.id,
    target: row.group ?? row.id,
    stage: row.stage,
    on,
    window: watch.counts(now),
    limits,
    legacy: watch.record(),
    blocked: blocked === undefined ? null : { since: iso(blocked.since), reason: blocked.reason },
  };
}

export function shownHold({ movedAt, until, ...hold }: HoldDown): ShownHold {
  return { ...hold, movedAt: iso(movedAt), until: iso(until) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
