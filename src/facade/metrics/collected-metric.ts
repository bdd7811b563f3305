/** A metric whose values are asked for at each scrape, instead of being kept by prom-client: counting stays plain arithmetic. */
import type { Metric, Registry } from 'prom-client';
import { METRICS, type MetricName } from './metric-definitions.js';

/** One line of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** For histograms: the name with its suffix. */
  readonly metricName?: string;
}

/** Adds a metric to the registry; `collect` is called once per scrape. */
export function registerCollected(registry: Registry, name: MetricName, collect: () => Iterable<Sample>): void {
  const { type, help } = METRICS[name];
  const metric = {
    name,
    help,
    type,
    get: () => Promise.resolve({ name, help, type, values: [...collect()] }),
    reset: () => undefined,
  };
  // The registry calls these members only; its type names just the classes that prom-client brings along.
  registry.registerMetric(metric as unknown as Metric);
}
