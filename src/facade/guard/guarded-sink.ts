/** Tells the guard of comparisons on their way to where they are kept. */
import type { ComparisonSink } from '../comparing/comparison-sink.js';
import type { Guard } from './guard.js';

export function guardedSink(sink: ComparisonSink, guard: Pick<Guard, 'compared'>): ComparisonSink {
  return {
    record(input, result) {
      sink.record(input, result);
      const { row, tableVersion } = input.request;
      guard.compared(row.id, tableVersion, result.verdict);
    },
    dropped: (rowId, reason, engineMs) => sink.dropped(rowId, reason, engineMs),
  };
}
