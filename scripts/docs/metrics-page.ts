import { DURATION_BUCKETS, METRICS, type MetricDefinition } from '../../src/facade/metrics/metric-definitions.js';
import { alertRules } from './alert-rules.js';
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
    'At `GET /metrics` of the admin address, with the token in `metrics.token` (or the admin token), in the Prometheus text format. Labels are rows, sides, codes and the like, never paths or addresses, so the number of series is bounded by the table.',
    table(['metric', 'kind', 'labels', 'meaning'], rows),
    `Upper bounds of the duration buckets, seconds: ${DURATION_BUCKETS.join(', ')}.`,
    `## Worth an alert\n\nThe rules of \`config/prometheus/facade-alerts.yaml\`; [monitoring](../operations/monitoring.md) says what to do about each.\n\n${alertTable()}`,
  );
}

function alertTable(): string {
  const rows = alertRules().map((rule) => [
    code(rule.alert),
    rule.labels.severity,
    code(rule.expr),
    rule.for ?? 'at once',
    // In the words of the reference, not of one row.
    rule.annotations.summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '<$1>'),
  ]);
  return table(['alert', 'severity', 'expression', 'for', 'meaning'], rows);
}
