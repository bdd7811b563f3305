/** Dashboard and alert rules name metrics and labels that the facade has, in expressions that are whole. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { alertRules } from '../../scripts/docs/alert-rules.js';
import { dashboardExpressions, grafanaDashboard } from '../../scripts/docs/grafana-dashboard.js';
import { METRICS, type MetricDefinition } from '../../src/facade/metrics/metric-definitions.js';
import { type MetricSources, PrometheusMetrics } from '../../src/facade/metrics/prometheus-metrics.js';
import { eventRow } from '../kit/flask-socketio-facade.js';
import { projectRoot } from '../kit/python.js';
import { routeRow } from '../kit/route-row.js';

const DEFINED: Readonly<Record<string, MetricDefinition>> = METRICS;
const FUNCTIONS = ['absent', 'sum', 'rate', 'increase', 'histogram_quantile', 'time', 'label_values'];
/** Labels that every series gets when it is scraped. */
const SCRAPED = ['instance', 'job'];

/** Of a facade in which nothing has happened yet. */
const SOURCES: MetricSources = {
  table: () => ({
    ...{ version: 1, routes: [routeRow()], defaultRow: routeRow({ id: 'default' }) },
    sockets: { stage: 'split', relay: true, events: new Map([['agent_heartbeat', eventRow('agent_heartbeat')]]) },
  }),
  tableRejected: () => false,
  engine: () => ({ state: 'ready', build: 'b', pid: 1, restarts: 0, since: 0, lastEnd: undefined }),
  certificateExpiry: () => undefined,
  guard: () => new Map(),
  shadow: () => ({ waiting: 0, underWay: 0, uncompared: 0, bufferedBytes: 0, share: 1 }),
  evidence: () => ({ writable: true, lost: 0 }),
  bridgedSockets: () => ({ websocket: 0, polling: 0 }),
  scheduler: () => undefined,
  relay: () => undefined,
  alertsWaiting: () => new Map([[1, 0]]),
};

/** One token: text in quotes, range, name, number, or a sign. */
const TOKEN = /"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[A-Za-z_:][A-Za-z0-9_:]*|\d+(?:\.\d+)?|[=!<>]=|=~|!~|[-+*/()<>,={}]/g;

/** Every way in which an expression is not about this facade. */
function problemsOf(expr: string): string[] {
  const tokens = expr.match(TOKEN) ?? [];
  const rest = expr.replaceAll(TOKEN, '').trim();
  const problems = rest === '' ? [] : [`not understood: ${rest}`];
  const used = new Set<string>();
  const labels = new Set<string>();
  let depth = 0;
  let place: 'expression' | 'selector' | 'grouping' = 'expression';
  for (const [at, token] of tokens.entries()) {
    if (token === '(' || token === '{') depth += 1;
    if (token === ')' || token === '}') depth -= 1;
    if (depth < 0) return [...problems, 'brackets do not match'];
    if (token === '{') place = 'selector';
    else if (token === '(' && ['by', 'on'].includes(tokens[at - 1] ?? '')) place = 'grouping';
    else if (token === '}' || (token === ')' && place === 'grouping')) place = 'expression';
    else if (/^\[/.test(token)) {
      if (!/^\[(?:\d+[smhd]|\$__(?:rate_)?interval)\]$/.test(token)) problems.push(`no range: ${token}`);
    } else if (/^[A-Za-z_]/.test(token)) {
      if (place === 'grouping' || (place === 'selector' && /^[=!]/.test(tokens[at + 1] ?? ''))) labels.add(token);
      else if (place === 'expression' && token !== 'by' && !FUNCTIONS.includes(token)) used.add(token);
    }
  }
  if (depth !== 0) problems.push('brackets do not match');
  // The second argument of label_values is a label.
  const asked = /^label_values\(\w+, (\w+)\)$/.exec(expr)?.[1];
  if (asked !== undefined && used.delete(asked)) labels.add(asked);
  return [...problems, ...namesUnknown(used, labels)];
}

function namesUnknown(used: ReadonlySet<string>, labels: ReadonlySet<string>): string[] {
  if (used.size === 0) return ['names no metric'];
  const known = new Set(SCRAPED);
  const problems: string[] = [];
  for (const name of used) {
    const base = name.replace(/_(?:bucket|sum|count)$/, '');
    const definition = DEFINED[name] ?? (DEFINED[base]?.type === 'histogram' ? DEFINED[base] : undefined);
    if (definition === undefined) problems.push(`no such metric: ${name}`);
    for (const label of definition?.labels ?? []) known.add(label);
    if (name.endsWith('_bucket')) known.add('le');
  }
  return [...problems, ...[...labels].filter((label) => !known.has(label)).map((label) => `no such label: ${label}`)];
}

describe('monitoring files', () => {
  it('are checked by a parser that finds what is wrong', () => {
    assert.deepEqual(problemsOf('facade_guard_state == 2'), []);
    assert.deepEqual(
      problemsOf('sum by (row, le) (rate(facade_request_duration_seconds_bucket{side="engine"}[5m])) > 0.5'),
      [],
    );
    assert.deepEqual(problemsOf('facade_gard_state == 2'), ['no such metric: facade_gard_state']);
    assert.deepEqual(problemsOf('facade_guard_state{side="x"}'), ['no such label: side']);
    assert.deepEqual(problemsOf('sum by (stage) (facade_guard_state)'), ['no such label: stage']);
    assert.deepEqual(problemsOf('facade_guard_state_bucket'), ['no such metric: facade_guard_state_bucket']);
    assert.deepEqual(problemsOf('rate(facade_requests_total[5 m])'), ['no range: [5 m]']);
    assert.deepEqual(problemsOf('sum(facade_guard_state'), ['brackets do not match']);
  });

  it('the dashboard asks for what there is, and its file is what the code says', () => {
    for (const expr of dashboardExpressions()) assert.deepEqual(problemsOf(expr.replaceAll('$row', 'row')), [], expr);
    assert.equal(readFileSync(join(projectRoot, 'config', 'grafana', 'facade.json'), 'utf8'), grafanaDashboard());
  });

  it('the dashboard counts over what Prometheus has two readings of, however near one looks', () => {
    for (const expr of dashboardExpressions()) assert.doesNotMatch(expr, /\$__interval/, expr);
  });

  it('the alert rules ask for the increase of nothing that begins at its first time', async () => {
    const metrics = new PrometheusMetrics({ version: '1', now: () => 0 });
    metrics.observe(SOURCES);
    const scraped = await metrics.scrape();
    metrics.close();
    const asked = alertRules().flatMap(({ expr }) =>
      [...expr.matchAll(/increase\((\w+)/g)].map(([, name]) => name ?? ''),
    );
    assert.ok(asked.length >= 4);
    for (const name of asked) assert.match(scraped, new RegExp(`^${name}(?:\\{.*\\})? 0$`, 'm'), name);
  });

  it('the dashboard leaves no metric out that tells of the guard, of comparing or of events', () => {
    const all = dashboardExpressions().join('\n');
    const missing = Object.keys(DEFINED).filter(
      (name) =>
        /^facade_(guard|alert|scheduler|comparison|evidence|shadow|dry_run|breaker|socket_(events_total|event_|link|relay)|bridged)/.test(
          name,
        ) && !all.includes(name),
    );
    assert.deepEqual(missing, []);
  });

  it('the alert rules ask for what there is, and each says what it means and is documented', () => {
    const page = readFileSync(join(projectRoot, 'docs', 'operations', 'monitoring.md'), 'utf8');
    for (const { alert, expr, labels, annotations, ...more } of alertRules()) {
      assert.deepEqual(problemsOf(expr), [], alert);
      assert.ok(['info', 'warning', 'critical'].includes(labels.severity), alert);
      assert.ok(annotations.summary.length > 10, alert);
      assert.match(more.for ?? '1m', /^\d+[smhd]$/, alert);
      assert.ok(page.includes(`\`${alert}\``), `monitoring.md does not tell of ${alert}`);
    }
  });

  it('the alert rules show labels that their series have', () => {
    for (const { alert, expr, annotations } of alertRules()) {
      const grouping = /^sum by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ');
      const [name = ''] = /[a-z_]+/.exec(expr.replace(/^absent\(/, '')) ?? [];
      const shown = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? '');
      for (const label of shown)
        assert.ok((grouping ?? DEFINED[name]?.labels ?? []).includes(label), `${alert}: ${label}`);
    }
  });

  it('the rules file has no key that Prometheus does not know', () => {
    const file = parse(readFileSync(join(projectRoot, 'config', 'prometheus', 'facade-alerts.yaml'), 'utf8'));
    assert.deepEqual(Object.keys(file), ['groups']);
    const known = ['alert', 'expr', 'for', 'labels', 'annotations'];
    for (const rule of alertRules())
      assert.deepEqual(
        Object.keys(rule).filter((key) => !known.includes(key)),
        [],
      );
  });
});
