/** Mismatches that a mended fault of the legacy's explains: shadow-mismatches.json lists them, one entry for each way to differ. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FoundMismatch } from './compared-traffic.js';
import { paritySuite } from './parity.js';

/** Mismatches of one kind. */
export interface ExplainedMismatch {
  /** Whose recording shows it. */
  readonly scenario: string;
  readonly row: string;
  /** Statuses of the legacy and of the engine. */
  readonly statuses: readonly [number, number];
  /** `kind path` of each difference, no more and no less, sorted. */
  readonly differences: readonly string[];
  /** Differences that may come on top: clocks in seconds show a write only when a second has turned since the last one. Default: none. */
  readonly sometimes?: readonly string[];
  /** At the turn of a minute the scheduler may have written such rows: the mismatch is then `disturbed`, and not seen. */
  readonly atTurn?: 'excused';
  /** Number of the fault in the contract, or `memory`: what the legacy's process alone remembers. */
  readonly fault: string;
  readonly reason: string;
}

export async function explainedMismatches(): Promise<readonly ExplainedMismatch[]> {
  return JSON.parse(await readFile(join(paritySuite, '..', 'shadow-mismatches.json'), 'utf8'));
}

/** Whatever scenario the entry is of. */
export function explains(
  { row, statuses, differences, sometimes = [] }: ExplainedMismatch,
  found: FoundMismatch,
): boolean {
  if (row !== found.row || statuses.join() !== `${found.legacy},${found.engine}`) return false;
  return differences.join() === found.differences.filter((difference) => !sometimes.includes(difference)).join();
}
