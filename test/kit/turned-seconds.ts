/**
 * Columns that hold whole seconds show a write only when a second has turned since the last one. Some recordings were made within one
 * second: their steps show no write of such a column, though there was one, and a run in which a second turned shows it.
 */
import type { Steps } from './align-placeholders.js';

/** By scenario, steps that write `last_seen` (contract/agents-http.md, 7.4) and were recorded in the second of the write before. */
const WITHIN_A_SECOND: Readonly<Record<string, readonly string[]>> = {
  'agents-accounts': ['checkin with a hostname'],
};

/** @returns the run without those writes where the recording has none; whatever else they hold stays */
export function withoutTurnedSeconds<T extends Steps>(scenario: string, recorded: Steps, got: T): T {
  const names = WITHIN_A_SECOND[scenario] ?? [];
  if (names.length === 0) return got;
  const recordedByStep = new Map(recorded.steps.map((step) => [step.step, step]));
  const steps = got.steps.map((step) =>
    names.includes(step.step) ? { ...step, rows: rowsOf(recordedByStep.get(step.step), step) } : step,
  );
  return { ...got, steps };
}

interface RowDiff {
  readonly row?: Readonly<Record<string, unknown>>;
}

function rowsOf(recorded: unknown, got: unknown): readonly RowDiff[] {
  const before = rowsIn(recorded);
  return rowsIn(got).map((diff, at) => {
    const { last_seen: seen, ...others } = diff.row ?? {};
    const isRecorded = before[at]?.row !== undefined && 'last_seen' in before[at].row;
    return seen === '<clock>' && !isRecorded ? { ...diff, row: others } : diff;
  });
}

function rowsIn(step: unknown): readonly RowDiff[] {
  return (step as { readonly rows?: readonly RowDiff[] } | undefined)?.rows ?? [];
}
