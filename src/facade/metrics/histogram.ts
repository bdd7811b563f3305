/** Values by bucket. Adds numbers, allocates nothing. */
import type { Sample } from './collected-metric.js';

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #labels: Readonly<Record<string, string>>;
  /** Per bucket, not cumulated; the last is what exceeds all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds upper ones, rising */
  constructor(bounds: readonly number[], labels: Readonly<Record<string, string>>) {
    this.#bounds = bounds;
    this.#labels = labels;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  /** Cumulated buckets, sum and count, as the exposition format wants them. */
  *samples(name: string): Generator<Sample> {
    let count = 0;
    for (const [slot, inBucket] of this.#counts.entries()) {
      count += inBucket;
      const labels = { le: this.#bounds[slot] ?? '+Inf', ...this.#labels };
      yield { metricName: `${name}_bucket`, labels, value: count };
    }
    yield { metricName: `${name}_sum`, labels: this.#labels, value: this.#sum };
    yield { metricName: `${name}_count`, labels: this.#labels, value: count };
  }
}
