/** What is counted of the requests of one row and one answerer. On the hot path: adds numbers, allocates nothing. */
import type { Sample } from './collected-metric.js';
import { Histogram } from './histogram.js';
import { DURATION_BUCKETS } from './metric-definitions.js';

/** Status classes by first digit; the first stands for an answer without a status. */
const CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

function slotOf(status: number): number {
  const digit = Math.trunc(status / 100);
  return digit >= 1 && digit <= 5 ? digit : 0;
}

/** @param status 0 for an answer that broke before its status */
export function statusClass(status: number): (typeof CLASSES)[number] {
  return CLASSES[slotOf(status)] ?? 'none';
}

export class RequestSeries {
  bytesUp = 0;
  bytesDown = 0;
  readonly #labels: Readonly<Record<'row' | 'side', string>>;
  readonly #byClass = new Float64Array(CLASSES.length);
  readonly #byDuration: Histogram;

  constructor(row: string, side: string) {
    this.#labels = { row, side };
    this.#byDuration = new Histogram(DURATION_BUCKETS, this.#labels);
  }

  count(status: number, seconds: number, bytesUp: number, bytesDown: number): void {
    const byClass = this.#byClass;
    const slot = slotOf(status);
    byClass[slot] = (byClass[slot] ?? 0) + 1;
    this.#byDuration.add(seconds);
    this.bytesUp += bytesUp;
    this.bytesDown += bytesDown;
  }

  *classes(): Generator<Sample> {
    for (const [slot, name] of CLASSES.entries()) {
      const value = this.#byClass[slot] ?? 0;
      if (value > 0) yield { labels: { ...this.#labels, class: name }, value };
    }
  }

  durations(name: string): Iterable<Sample> {
    return this.#byDuration.samples(name);
  }

  bytes(direction: 'bytesUp' | 'bytesDown'): Sample {
    return { labels: this.#labels, value: this[direction] };
  }
}
