/** What is counted of a comparison besides its verdict: the client's status, and how long the sides took. Pure. */
import type { ComparisonInput } from '../comparison.js';
import type { CountedComparison } from './batch-buffer.js';
import { bucketOf } from './latency-buckets.js';

/** Of the answer that went to the client; undefined when its side failed. */
export function clientStatus(input: ComparisonInput): number | undefined {
  const outcome = input[input.answeredBy];
  return outcome.outcome === 'answered' ? outcome.answer.status : undefined;
}

export function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}

export function latenciesOf(input: ComparisonInput): CountedComparison['latencies'] {
  // Nobody waits for a tick.
  if (input.kind === 'tick') return [];
  return (['legacy', 'engine'] as const).flatMap((side) => {
    const outcome = input[side];
    return outcome.outcome === 'answered' ? [{ side, bucket: bucketOf(outcome.ms) }] : [];
  });
}
