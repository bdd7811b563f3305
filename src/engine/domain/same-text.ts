/** Compares what a caller sent with what is known, without telling by its time how much of it was right. */
import { timingSafeEqual } from 'node:crypto';

/** In constant time for texts of one length; lengths are no secret. */
export function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
