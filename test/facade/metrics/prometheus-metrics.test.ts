import assert from 'node:assert/strict';
import { METRICS } from '../../../src/facade/metrics/metric-definitions.js';
import { type MetricSources, PrometheusMetrics } from '../../../src/facade/metrics/prometheus-metrics.js';
import type { RelayView } from '../../../src/facade/metrics/relay-view.js';
import type { SocketsStage } from '../../../src/facade/table/stage.js';
import type { EventRow } from '../../../src/facade/table/table-snapshot.js';
import type { RelayState } from '../../../src/legacy-bridge/realtime/relay-protocol.js';
import { eventRow } from '../../kit/flask-socketio-facade.js';
import { routeRow } from '../../kit/route-row.js';

const row = routeRow({ stage: 'engine' });
const event: EventRow = eventRow('macro_status', { stage: 'canary', canary: { percent: 5, by: 'address' } });

/** Of parts about which there is nothing to tell. */
const quiet: Omit<MetricSources, 'table' | 'bridgedSockets'> = {
  tableRejected: () => false,
  engine: () => undefined,
  certificateExpiry: () => undefined,
  guard: () => new Map(),
  shadow: () => ({ waiting: 0, underWay: 0, uncompared: 0, bufferedBytes: 0, share: 1 }),
  evidence: () => ({ writable: true, lost: 0 }),
  alertsWaiting: () => new Map(),
  scheduler: () => undefined,
  relay: () => undefined,
};

describe('PrometheusMetrics', () => {
  let metrics: PrometheusMetrics;
  beforeEach(() => {
    metrics = new PrometheusMetrics({ version: '1.2.3', now: () => performance.now() });
  });
  afterEach(() => metrics.close());

  /** Value of one series, by its whole name with labels. */
  const value = async (series: string): Promise<number | undefined> => {
    const line = (await metrics.scrape()).split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };

  it('counts requests by row, answerer and status class', async () => {
    metrics.requestFinished('health', 'legacy', 200, 0.002, 0, 10);
    metrics.requestFinished('health', 'legacy', 204, 0.002, 0, 0);
    metrics.requestFinished('health', 'engine', 404, 0.002, 0, 0);
    metrics.requestFinished('health', 'facade', 503, 0.002, 0, 0);
    metrics.requestFinished('health', 'engine', 0, 0.002, 0, 0);
    assert.equal(await value('facade_requests_total{row="health",side="legacy",class="2xx"}'), 2);
    assert.equal(await value('facade_requests_total{row="health",side="engine",class="4xx"}'), 1);
    assert.equal(await value('facade_requests_total{row="health",side="facade",class="5xx"}'), 1);
    assert.equal(await value('facade_requests_total{row="health",side="engine",class="none"}'), 1);
  });

  it('cumulates duration buckets, the bound included', async () => {
    for (const seconds of [0.005, 0.006, 0.3, 500]) metrics.requestFinished('r', 'engine', 200, seconds, 0, 0);
    const bucket = (le: string) => value(`facade_request_duration_seconds_bucket{le="${le}",row="r",side="engine"}`);
    assert.equal(await bucket('0.005'), 1);
    assert.equal(await bucket('0.01'), 2);
    assert.equal(await bucket('0.5'), 3);
    assert.equal(await bucket('120'), 3);
    assert.equal(await bucket('+Inf'), 4);
    assert.equal(await value('facade_request_duration_seconds_count{row="r",side="engine"}'), 4);
    assert.equal(await value('facade_request_duration_seconds_sum{row="r",side="engine"}'), 500.311);
  });

  it('adds up bytes both ways', async () => {
    metrics.requestFinished('r', 'engine', 200, 1, 100, 7);
    metrics.requestFinished('r', 'engine', 200, 1, 1, 3);
    assert.equal(await value('facade_request_body_bytes_total{row="r",side="engine"}'), 101);
    assert.equal(await value('facade_answer_body_bytes_total{row="r",side="engine"}'), 10);
  });

  it('tells failures, fallbacks, refusals and breakers by code', async () => {
    metrics.forwardFailed('r', 'engine', 'engine_connect_failed');
    metrics.fellBack('r', 'engine_connect_failed');
    metrics.refused('framing_ambiguous');
    metrics.guardTripped('r', 'timeouts');
    metrics.alertFailed(1);
    metrics.alertSettled(1, 'delivered');
    metrics.breakerChanged('r', 'open');
    assert.equal(await value('facade_forward_failures_total{row="r",side="engine",code="engine_connect_failed"}'), 1);
    assert.equal(await value('facade_fallbacks_total{row="r",code="engine_connect_failed"}'), 1);
    assert.equal(await value('facade_refused_requests_total{code="framing_ambiguous"}'), 1);
    assert.equal(await value('facade_guard_trips_total{row="r",cause="timeouts"}'), 1);
    assert.equal(await value('facade_alert_failures_total{webhook="1"}'), 1);
    assert.equal(await value('facade_alert_messages_total{webhook="1",outcome="delivered"}'), 1);
    assert.equal(await value('facade_breaker_state{row="r"}'), 2);
    metrics.breakerChanged('r', 'closed');
    assert.equal(await value('facade_breaker_state{row="r"}'), 0);
  });

  it('has what alerts ask the increase of at 0 before it happens, so that the first time is one', async () => {
    const event = 'facade_socket_events_total{event="macro_status",side="engine",outcome="lost"}';
    const trip = 'facade_guard_trips_total{row="health",cause="errors"}';
    const lost = 'facade_alert_messages_total{webhook="1",outcome="expired"}';
    const unguarded = routeRow({ id: 'unguarded', guard: { ...row.guard, on: false } });
    metrics.observe({
      ...quiet,
      table: () => ({
        ...{ version: 1, routes: [row, unguarded], defaultRow: { ...row, id: 'default' } },
        sockets: { stage: 'split', relay: true, events: new Map([['macro_status', eventRow('macro_status')]]) },
      }),
      bridgedSockets: () => ({ websocket: 0, polling: 0 }),
      alertsWaiting: () => new Map([[1, 0]]),
    });
    assert.deepEqual([await value(event), await value(trip), await value(lost)], [0, 0, 0]);
    assert.equal(await value('facade_guard_trips_total{row="unguarded",cause="errors"}'), undefined);
    assert.deepEqual(metrics.eventCounts(), []);
    metrics.guardTripped('health', 'errors');
    metrics.eventHandled('macro_status', 'engine', 'lost', 0);
    metrics.alertSettled(1, 'expired');
    assert.deepEqual([await value(event), await value(trip), await value(lost)], [1, 1, 1]);
  });

  it('tells of a row of which all is dropped that nothing of it was compared', async () => {
    metrics.comparisonDropped('r', 'engine_unreachable');
    assert.equal(await value('facade_comparisons_total{row="r",verdict="match"}'), 0);
    metrics.compared('r', 'match');
    assert.equal(await value('facade_comparisons_total{row="r",verdict="match"}'), 1);
  });

  it('keeps the number of open sockets', async () => {
    metrics.socketOpened('legacy', 'websocket');
    metrics.socketOpened('legacy', 'websocket');
    metrics.socketClosed('legacy', 'websocket', 'drained');
    assert.equal(await value('facade_open_sockets{side="legacy",transport="websocket"}'), 1);
    assert.equal(await value('facade_sockets_opened_total{side="legacy",transport="websocket"}'), 2);
    assert.equal(await value('facade_sockets_closed_total{side="legacy",transport="websocket",reason="drained"}'), 1);
  });

  it('counts events by row, side and fate, and times what the engine handled', async () => {
    metrics.eventHandled('agent_heartbeat', 'legacy', 'passed', 0);
    metrics.eventHandled('agent_heartbeat', 'engine', 'handled', 0.002);
    metrics.eventHandled('agent_heartbeat', 'engine', 'handled', 0.2);
    metrics.eventHandled('other', 'legacy', 'passed', 0);
    const events = (event: string, side: string, outcome: string) =>
      value(`facade_socket_events_total{event="${event}",side="${side}",outcome="${outcome}"}`);
    assert.deepEqual(
      [await events('agent_heartbeat', 'legacy', 'passed'), await events('agent_heartbeat', 'engine', 'handled')],
      [1, 2],
    );
    const duration = 'facade_socket_event_duration_seconds';
    assert.equal(await value(`${duration}_bucket{le="0.002",event="agent_heartbeat"}`), 1);
    assert.equal(await value(`${duration}_count{event="agent_heartbeat"}`), 2);
    assert.equal(await value(`${duration}_count{event="other"}`), undefined);
    assert.deepEqual(metrics.eventCounts()[0], {
      event: 'agent_heartbeat',
      side: 'legacy',
      outcome: 'passed',
      count: 1,
    });
  });

  it('tells of the relay to the legacy while it is wanted, or runs', async () => {
    const state: RelayState = {
      ...{ mode: 'on', state: 'up', legacy: 'http://legacy', problem: null },
      ...{ heard: 3, said: 5, asked: 1, dropped: 2, agents: 4, waiting: 1 },
    };
    let view: RelayView | undefined;
    metrics.observe({
      ...quiet,
      table: () => undefined,
      bridgedSockets: () => ({ websocket: 0, polling: 0 }),
      relay: () => view,
    });
    const up = () => value('facade_socket_relay_up');
    assert.equal(await up(), undefined);
    view = { wanted: 'on', state: undefined };
    assert.equal(await up(), 0);
    view = { wanted: 'on', state: { ...state, state: 'down' } };
    assert.equal(await up(), 0);
    view = { wanted: 'on', state };
    assert.equal(await up(), 1);
    assert.equal(await value('facade_socket_relay_waiting'), 1);
    assert.equal(await value('facade_socket_relay_events_total{what="said"}'), 5);
    view = { wanted: 'while-clients', state };
    assert.equal(await up(), 1);
    view = { wanted: 'while-clients', state: { ...state, state: 'off' } };
    assert.equal(await up(), undefined);
  });

  it('tells of the link to the engine while it is wanted', async () => {
    let [stage, bridged]: [SocketsStage, number] = ['split', 0];
    metrics.observe({
      ...quiet,
      table: () => ({ version: 1, routes: [], defaultRow: row, sockets: { stage, relay: true, events: new Map() } }),
      bridgedSockets: () => ({ websocket: bridged, polling: 0 }),
    });
    assert.equal(await value('facade_socket_link_up'), 0);
    metrics.socketLinkChanged(true);
    assert.equal(await value('facade_socket_link_up'), 1);
    metrics.socketLinkChanged(false);
    assert.deepEqual([await value('facade_socket_link_up'), metrics.socketLink()], [0, false]);
    stage = 'legacy';
    assert.equal(await value('facade_socket_link_up'), undefined);
    bridged = 1;
    assert.equal(await value('facade_socket_link_up'), 0);
  });

  it('asks the other parts for their state at each scrape', async () => {
    assert.equal(await value('facade_table_version'), undefined);
    let version = 3;
    metrics.observe({
      table: () => ({
        version,
        routes: [row],
        defaultRow: { ...row, id: 'default', stage: 'legacy' },
        sockets: { stage: 'split', relay: true, events: new Map([['macro_status', event]]) },
      }),
      relay: () => undefined,
      tableRejected: () => true,
      engine: () => ({ state: 'ready', build: 'b', pid: 1, restarts: 4, since: 0, lastEnd: undefined }),
      certificateExpiry: () => new Date(1_700_000_000_000),
      guard: () => new Map([['health', 'blocked']]),
      shadow: () => ({ waiting: 3, underWay: 2, uncompared: 1, bufferedBytes: 7, share: 0.5 }),
      evidence: () => ({ writable: false, lost: 9 }),
      bridgedSockets: () => ({ websocket: 3, polling: 1 }),
      scheduler: () => ({
        engine: {
          ...{ told: true, owner: 'engine', jobs: {}, owned_jobs: 3, pending_hand_back: false },
          last_minute: 1_773_152_580,
        },
        jobs: { legacy: 7, engine: 3 },
        handBackPending: true,
        lastTick: 1_773_152_580,
      }),
      alertsWaiting: () => new Map([[1, 7]]),
    });
    assert.equal(await value('facade_table_version'), 3);
    version = 4;
    assert.equal(await value('facade_table_version'), 4);
    assert.equal(await value('facade_table_rejected'), 1);
    assert.equal(await value('facade_scheduler_jobs{side="legacy"}'), 7);
    assert.equal(await value('facade_scheduler_hand_back_pending'), 1);
    assert.equal(await value('facade_scheduler_last_tick_timestamp_seconds'), 1_773_152_580);
    assert.equal(await value('facade_table_rows{stage="engine"}'), 1);
    assert.equal(await value('facade_table_rows{stage="retired"}'), 0);
    assert.equal(await value('facade_table_event_rows{stage="canary"}'), 1);
    assert.equal(await value('facade_table_event_rows{stage="legacy"}'), 0);
    assert.equal(await value('facade_sockets_stage{stage="split"}'), 1);
    assert.equal(await value('facade_sockets_stage{stage="legacy"}'), 0);
    assert.equal(await value('facade_engine_up'), 1);
    assert.equal(await value('facade_engine_restarts_total'), 4);
    assert.equal(await value('facade_certificate_expiry_timestamp_seconds'), 1_700_000_000);
    assert.equal(await value('facade_guard_state{row="health"}'), 2);
    assert.equal(await value('facade_evidence_writable'), 0);
    assert.equal(await value('facade_evidence_lost_total'), 9);
    assert.equal(await value('facade_bridged_sockets{transport="websocket"}'), 3);
    assert.equal(await value('facade_alert_queue_length{webhook="1"}'), 7);
    assert.equal(await value('facade_shadow_waiting{what="copies"}'), 3);
    assert.equal(await value('facade_shadow_waiting{what="comparisons"}'), 1);
    assert.equal(await value('facade_shadow_under_way'), 2);
    assert.equal(await value('facade_shadow_buffered_bytes'), 7);
    assert.equal(await value('facade_shadow_share'), 0.5);
  });

  it('counts comparisons, drops, and waits for dry runs', async () => {
    metrics.compared('r', 'match');
    metrics.compared('r', 'match');
    metrics.comparisonDropped('r', 'queue_full');
    metrics.dryRunFinished('answered', 0.0015);
    metrics.dryRunFinished('answered', 2);
    assert.equal(await value('facade_comparisons_total{row="r",verdict="match"}'), 2);
    assert.equal(await value('facade_comparison_drops_total{row="r",reason="queue_full"}'), 1);
    assert.equal(await value('facade_dry_run_wait_seconds_bucket{le="0.001",outcome="answered"}'), 0);
    assert.equal(await value('facade_dry_run_wait_seconds_bucket{le="0.002",outcome="answered"}'), 1);
    assert.equal(await value('facade_dry_run_wait_seconds_bucket{le="+Inf",outcome="answered"}'), 2);
    assert.equal(await value('facade_dry_run_wait_seconds_count{outcome="answered"}'), 2);
  });

  it('shows every metric that is defined, with its kind, and no other', async () => {
    const shown = [...(await metrics.scrape()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
      name,
      type,
    ]);
    assert.deepEqual(
      new Map(shown as [string, string][]),
      new Map(Object.entries(METRICS).map(([name, { type }]) => [name, type])),
    );
  });

  it('keeps labels to those that are defined', async () => {
    metrics.requestFinished('r', 'engine', 200, 1, 1, 1);
    metrics.forwardFailed('r', 'legacy', 'legacy_closed_early');
    metrics.socketOpened('engine', 'polling');
    for (const [, name = '', list = ''] of (await metrics.scrape()).matchAll(/^([a-z_]+)\{([^}]*)\}/gm)) {
      const definition = METRICS[name.replace(/_(bucket|sum|count)$/, '') as keyof typeof METRICS];
      const labels = [...list.matchAll(/([a-z]+)="/g)].map(([, label]) => label).filter((label) => label !== 'le');
      assert.deepEqual(labels, definition.labels, name);
    }
  });

  it('escapes what a label may hold', async () => {
    metrics.refused('odd"code\n');
    assert.match(await metrics.scrape(), /facade_refused_requests_total\{code="odd\\"code\\n"\} 1/);
  });

  it('shows vitals of the process', async () => {
    assert.ok(((await value('process_resident_memory_bytes')) ?? 0) > 1e6);
    assert.ok(((await value('process_cpu_seconds_total')) ?? 0) > 0);
    assert.ok(((await value('facade_event_loop_lag_seconds{quantile="0.99"}')) ?? -1) >= 0);
    assert.equal(await value(`facade_build_info{version="1.2.3",node="${process.version}"}`), 1);
  });
});
