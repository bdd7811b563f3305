/**
 * A time zone as the scheduler needs it: moments (epoch seconds) to what a clock on the wall shows, and back. Wall times are
 * counted in seconds too, as if the wall hung at UTC. Pure: the zone is given.
 */

export interface Zone {
  /** Seconds that a clock in this zone is ahead of UTC at a moment, in epoch seconds. */
  offsetAt(moment: number): number;
}

export const UTC: Zone = { offsetAt: () => 0 };

/** No zone ever jumped further. */
const LONGEST_JUMP = 86_400;

export function wallAt(moment: number, zone: Zone): number {
  return moment + zone.offsetAt(moment);
}

/**
 * The moment at which the clock shows this, as Python's `datetime.timestamp()` finds it (PEP 495, fold 0): the first one where it
 * shows it twice; where it jumps over it, as long after the jump as the wall time lies behind the jump's beginning.
 */
export function momentOf(wall: number, zone: Zone): number {
  const first = wall - zone.offsetAt(wall);
  const shown = wallAt(first, zone);
  // Where the wall shows it, it may have shown it before, under the offset of the day before; else the offset just met may be right.
  const ahead = shown === wall ? zone.offsetAt(first - LONGEST_JUMP) : shown - first;
  const other = wall - ahead;
  if (wallAt(other, zone) === wall) return other;
  return shown === wall ? first : Math.max(first, other);
}
