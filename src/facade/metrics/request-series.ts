/** What is counted of the requests of one row and one answerer. On the hot path: adds numbers, allocates nothing. */
import type { Sample } from './collected-metric.js';
import { DURATION_BUCKETS } from './metric-definitions.js';

/** Status classes by first digit; the first stands for an answer without a status. */
const CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

export class RequestSeries {
  bytesUp = 0;
  bytesDown = 0;
  readonly #labels: Readonly<Record<'row' | 'side', string>>;
  readonly #byClass = new Float64Array(CLASSES.length);
  /** Requests per bucket, not cumulated; the last is what exceeds all bounds. */
  readonly #byDuration = new Float64Array(DURATION_BUCKETS.length + 1);
  #seconds = 0;

  constructor(row: string, side: string) {
    this.#labels = { row, side };
  }

  count(status: number, seconds: number, bytesUp: number, bytesDown: number): void {
    const digit = Math.trunc(status / 100);
    const byClass = this.#byClass;
    const slot = digit >= 1 && digit <= 5 ? digit : 0;
    byClass[slot] = (byClass[slot] ?? 0) + 1;
    let bucket = 0;
    while (bucket < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[bucket] ?? 0)) bucket += 1;
    this.#byDuration[bucket] = (this.#byDuration[bucket] ?? 0) + 1;
    this.#seconds += seconds;
    this.bytesUp += bytesUp;
    this.bytesDown += bytesDown;
  }

  *classes(): Generator<Sample> {
    for (const [slot, name] of CLASSES.entries()) {
      const value = this.#byClass[slot] ?? 0;
      if (value > 0) yield { labels: { ...this.#labels, class: name }, value };
    }
  }

  /** Cumulated buckets, sum and count, as the exposition format wants them. */
  *durations(name: string): Generator<Sample> {
    let count = 0;
    for (const [slot, inBucket] of this.#byDuration.entries()) {
      count += inBucket;
      const labels = { le: DURATION_BUCKETS[slot] ?? '+Inf', ...this.#labels };
      yield { metricName: `${name}_bucket`, labels, value: count };
    }
    yield { metricName: `${name}_sum`, labels: this.#labels, value: this.#seconds };
    yield { metricName: `${name}_count`, labels: this.#labels, value: count };
  }

  bytes(direction: 'bytesUp' | 'bytesDown'): Sample {
    return { labels: this.#labels, value: this[direction] };
  }
}
