import { DURATION_BUCKETS, METRICS, type MetricDefinition } from '../../src/facade/metrics/metric-definitions.js';
import { code, page, table } from './markdown.js';

export function metricsPage(): string {
  const rows = Object.entries<MetricDefinition>(METRICS).map(([name, { type, labels, help }]) => [
    code(name),
    type,
    labels.map(code).join(', '),
    help,
  ]);
  return page(
    'Metrics',
    'At `GET /metrics` of the admin address, with the token, in the Prometheus text format. Labels are rows, sides, codes and the like, never paths or addresses, so the number of series is bounded by the table.',
    table(['metric', 'kind', 'labels', 'meaning'], rows),
    `Upper bounds of the duration buckets, seconds: ${DURATION_BUCKETS.join(', ')}.`,
    `## Worth an alert

| expression | meaning |
| --- | --- |
| \`facade_table_rejected == 1\` | an edit of the table is not in force |
| \`facade_engine_up == 0\` for a minute | the engine does not come up; rows fall back to the legacy |
| \`facade_breaker_state == 2\` | a row's requests are kept from the engine |
| \`rate(facade_fallbacks_total[5m]) > 0\` | the legacy answers in the engine's place |
| \`rate(facade_forward_failures_total{side="legacy"}[5m]) > 0\` | the legacy can't answer |
| \`facade_certificate_expiry_timestamp_seconds - time() < 21 * 86400\` | the certificate expires within three weeks |
| \`facade_event_loop_lag_seconds{quantile="0.99"} > 0.1\` | the facade is short of CPU |`,
  );
}
