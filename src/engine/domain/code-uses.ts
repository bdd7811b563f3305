/** How often an install code was used, and may be (agents-http 3.1). */
import { integerOf } from '../../legacy-bridge/values/python-int.js';

/** Both columns may hold anything; digits when they hold numbers. */
export interface CodeCounts {
  readonly useCount: string | null;
  readonly maxUses: string | null;
}

/** Uses so far; what is no number counts as none. */
export function usesOf({ useCount }: CodeCounts): bigint {
  return integerOf(useCount) ?? 0n;
}

/** What is no number, or less than one, counts as one. */
export function allowedUsesOf({ maxUses }: CodeCounts): bigint {
  const allowed = integerOf(maxUses) ?? 1n;
  return allowed < 1n ? 1n : allowed;
}

/** Whether no use is left. `used_at` plays no part. */
export function isSpent(code: CodeCounts): boolean {
  return usesOf(code) >= allowedUsesOf(code);
}
