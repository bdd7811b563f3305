/**
 * Counts what the data path tells, and shows it with the state of the other parts as Prometheus metrics.
 * Counting touches neither prom-client nor strings: one look-up by row, then plain additions.
 */
import { readdirSync } from 'node:fs';
import { Registry } from 'prom-client';
import type { AccessOutcome } from '../access/access-verdict.js';
import type { AlertOutcome } from '../alerting/webhook-queue.js';
import type { Verdict } from '../comparing/comparison.js';
import type { DropReason } from '../comparing/drop-reason.js';
import type { BreakerState } from '../decision/breakers.js';
import type { EngineState } from '../engine-process/engine-state.js';
import type { GuardCause } from '../guard/guard-judgement.js';
import type { GuardState } from '../guard/guard-view.js';
import type { IgnoredOverride } from '../override/override.js';
import type { SchedulerView } from '../scheduler/scheduler-watch.js';
import type { TickOutcome } from '../scheduler/tick-watch.js';
import type { Side } from '../side.js';
import { EVENT_STAGES, SOCKETS_STAGES, STAGES } from '../table/stage.js';
import type { TableSnapshot } from '../table/table-snapshot.js';
import { registerCollected, type Sample } from './collected-metric.js';
import { type EventCount, EventCounts } from './event-counts.js';
import { EventLoopMonitor } from './event-loop-lag.js';
import type { EventFateWord, EventMetrics } from './event-metrics.js';
import { expectedAlerts, expectedLosses, expectedTries, expectedTrips } from './expected-series.js';
import type { AnsweredBy, FacadeMetrics } from './facade-metrics.js';
import { Histogram } from './histogram.js';
import { DRY_RUN_BUCKETS, type MetricName } from './metric-definitions.js';
import { type RelayView, relayIsUp } from './relay-view.js';
import { RequestSeries, statusClass } from './request-series.js';
import type { DryRunOutcome, ShadowMetrics, ShadowState } from './shadow-metrics.js';
import { Tally } from './tally.js';

/** What is asked at each scrape. Parts that are not there answer undefined. */
export interface MetricSources {
  readonly table: () => Pick<TableSnapshot, 'version' | 'routes' | 'defaultRow' | 'sockets'> | undefined;
  readonly tableRejected: () => boolean;
  /** Undefined when the facade does not supervise an engine. */
  readonly engine: () => EngineState | undefined;
  /** When the certificate that is presented expires. */
  readonly certificateExpiry: () => Date | undefined;
  readonly shadow: () => ShadowState;
  /** Rows that the guard watches or holds. */
  readonly guard: () => ReadonlyMap<string, GuardState>;
  readonly evidence: () => { readonly writable: boolean; readonly lost: number };
  /** Open sessions of the packet bridge. */
  readonly bridgedSockets: () => Readonly<Record<'websocket' | 'polling', number>>;
  /** Undefined when the facade does not supervise an engine. */
  readonly scheduler: () => SchedulerView | undefined;
  /** The engine's relay to the legacy; undefined while it is not known. */
  readonly relay: () => RelayView | undefined;
  /** Alerts that wait, by number of the webhook. */
  readonly alertsWaiting: () => ReadonlyMap<number, number>;
}

export interface PrometheusMetricsOptions {
  readonly version: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const RELAY_COUNTS = ['heard', 'said', 'asked', 'dropped'] as const;
const GUARD_VALUE: Record<GuardState, number> = { watching: 0, held: 1, blocked: 2 };
const BREAKER_VALUE: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

export class PrometheusMetrics implements FacadeMetrics, EventMetrics, ShadowMetrics {
  readonly registry = new Registry();
  readonly eventLoop: EventLoopMonitor;
  readonly #rows: Readonly<Record<AnsweredBy, Map<string, RequestSeries>>> = {
    legacy: new Map(),
    engine: new Map(),
    facade: new Map(),
  };
  readonly #failures = new Tally('row', 'side', 'code');
  readonly #fallbacks = new Tally('row', 'code');
  readonly #breakers = new Tally('row');
  readonly #access = new Tally('row', 'outcome');
  readonly #overrides = new Tally('row', 'side', 'class');
  readonly #ignoredOverrides = new Tally('reason');
  readonly #guardTrips = new Tally('row', 'cause');
  readonly #alertFailures = new Tally('webhook');
  readonly #alerts = new Tally('webhook', 'outcome');
  readonly #comparisons = new Tally('row', 'verdict');
  readonly #comparisonDrops = new Tally('row', 'reason');
  readonly #dryRuns = new Map<DryRunOutcome, Histogram>();
  readonly #ticks = new Tally('outcome');
  readonly #refused = new Tally('code');
  readonly #openSockets = new Tally('side', 'transport');
  readonly #openedSockets = new Tally('side', 'transport');
  readonly #closedSockets = new Tally('side', 'transport', 'reason');
  readonly #events = new EventCounts();
  #socketLinkIsUp = false;
  #sources: MetricSources | undefined;

  constructor({ version, now }: PrometheusMetricsOptions) {
    this.eventLoop = new EventLoopMonitor(now);
    this.#registerTraffic();
    this.#registerState();
    this.#registerShadow();
    this.#registerScheduler();
    this.#registerProcess(version);
  }

  /** Tells where the state of the other parts is read; they need the metrics before, so this comes later. */
  observe(sources: MetricSources): void {
    this.#sources = sources;
  }

  /** The exposition text. */
  scrape(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  close(): void {
    this.eventLoop.close();
  }

  requestFinished(
    row: string,
    answeredBy: AnsweredBy,
    status: number,
    seconds: number,
    bytesUp: number,
    bytesDown: number,
  ): void {
    const rows = this.#rows[answeredBy];
    let series = rows.get(row);
    if (series === undefined) {
      series = new RequestSeries(row, answeredBy);
      rows.set(row, series);
    }
    series.count(status, seconds, bytesUp, bytesDown);
  }

  forwardFailed(row: string, side: Side, code: string): void {
    this.#failures.add(1, row, side, code);
  }

  fellBack(row: string, code: string): void {
    this.#fallbacks.add(1, row, code);
  }

  breakerChanged(row: string, state: BreakerState): void {
    this.#breakers.set(BREAKER_VALUE[state], row);
  }

  accessJudged(row: string, outcome: AccessOutcome): void {
    this.#access.add(1, row, outcome);
  }

  overrideServed(row: string, answeredBy: AnsweredBy, status: number): void {
    this.#overrides.add(1, row, answeredBy, statusClass(status));
  }

  overrideIgnored(reason: IgnoredOverride): void {
    this.#ignoredOverrides.add(1, reason);
  }

  guardTripped(row: string, cause: GuardCause): void {
    this.#guardTrips.add(1, row, cause);
  }

  alertFailed(webhook: number): void {
    this.#alertFailures.add(1, String(webhook));
  }

  alertSettled(webhook: number, outcome: AlertOutcome): void {
    this.#alerts.add(1, String(webhook), outcome);
  }

  compared(row: string, verdict: Verdict): void {
    this.#comparisons.add(1, row, verdict);
  }

  comparisonDropped(row: string, reason: DropReason): void {
    this.#comparisonDrops.add(1, row, reason);
  }

  tickFinished(outcome: TickOutcome): void {
    this.#ticks.add(1, outcome);
  }

  dryRunFinished(outcome: DryRunOutcome, seconds: number): void {
    const histogram = this.#dryRuns.get(outcome) ?? new Histogram(DRY_RUN_BUCKETS, { outcome });
    this.#dryRuns.set(outcome, histogram);
    histogram.add(seconds);
  }

  refused(code: string): void {
    this.#refused.add(1, code);
  }

  socketOpened(side: Side, transport: 'websocket' | 'polling'): void {
    this.#openSockets.add(1, side, transport);
    this.#openedSockets.add(1, side, transport);
  }

  socketClosed(side: Side, transport: 'websocket' | 'polling', reason: string): void {
    this.#openSockets.add(-1, side, transport);
    this.#closedSockets.add(1, side, transport, reason);
  }

  eventHandled(event: string, side: Side, fate: EventFateWord, seconds: number): void {
    this.#events.add(event, side, fate, seconds);
  }

  socketLinkChanged(isUp: boolean): void {
    this.#socketLinkIsUp = isUp;
  }

  /** Whether the packet bridge is linked with the engine; undefined while nobody wants that. */
  socketLink(): boolean | undefined {
    const stage = this.#sources?.table()?.sockets.stage;
    const { websocket = 0, polling = 0 } = this.#sources?.bridgedSockets() ?? {};
    return stage === 'split' || websocket + polling > 0 ? this.#socketLinkIsUp : undefined;
  }

  /** What became of events of bridged sessions since the facade started. */
  eventCounts(): readonly EventCount[] {
    return [...this.#events.list()];
  }

  #register(name: MetricName, collect: () => Iterable<Sample>): void {
    registerCollected(this.registry, name, collect);
  }

  /** A metric without labels; no series while its value is undefined. */
  #registerValue(name: MetricName, read: () => number | undefined): void {
    this.#register(name, () => {
      const value = read();
      return value === undefined ? [] : [{ labels: {}, value }];
    });
  }

  #registerTraffic(): void {
    this.#register('facade_requests_total', () => this.#series().flatMap((series) => [...series.classes()]));
    const durations = 'facade_request_duration_seconds';
    this.#register(durations, () => this.#series().flatMap((series) => [...series.durations(durations)]));
    this.#register('facade_request_body_bytes_total', () => this.#series().map((series) => series.bytes('bytesUp')));
    this.#register('facade_answer_body_bytes_total', () => this.#series().map((series) => series.bytes('bytesDown')));
    this.#register('facade_forward_failures_total', () => this.#failures.samples());
    this.#register('facade_fallbacks_total', () => this.#fallbacks.samples());
    this.#register('facade_breaker_state', () => this.#breakers.samples());
    this.#register('facade_access_judgements_total', () => this.#access.samples());
    this.#register('facade_override_requests_total', () => this.#overrides.samples());
    this.#register('facade_overrides_ignored_total', () => this.#ignoredOverrides.samples());
    this.#register('facade_guard_trips_total', () => this.#guardTrips.samples(expectedTrips(this.#sources?.table())));
    this.#register('facade_alert_failures_total', () =>
      this.#alertFailures.samples(expectedTries(this.#sources?.alertsWaiting().keys() ?? [])),
    );
    this.#register('facade_alert_messages_total', () =>
      this.#alerts.samples(expectedAlerts(this.#sources?.alertsWaiting().keys() ?? [])),
    );
    this.#register('facade_refused_requests_total', () => this.#refused.samples());
    this.#register('facade_open_sockets', () => this.#openSockets.samples());
    this.#register('facade_sockets_opened_total', () => this.#openedSockets.samples());
    this.#register('facade_sockets_closed_total', () => this.#closedSockets.samples());
    this.#registerEvents();
  }

  #registerEvents(): void {
    this.#register('facade_bridged_sockets', () =>
      Object.entries(this.#sources?.bridgedSockets() ?? {}).map(([transport, value]) => ({
        labels: { transport },
        value,
      })),
    );
    this.#register('facade_socket_events_total', () => this.#events.samples(expectedLosses(this.#sources?.table())));
    const durations = 'facade_socket_event_duration_seconds';
    this.#register(durations, () => this.#events.durations(durations));
    this.#registerValue('facade_socket_link_up', () => asNumber(this.socketLink()));
    this.#registerValue('facade_socket_relay_up', () => asNumber(relayIsUp(this.#sources?.relay())));
    this.#registerValue('facade_socket_relay_waiting', () => this.#sources?.relay()?.state?.waiting);
    this.#register('facade_socket_relay_events_total', () => {
      const state = this.#sources?.relay()?.state;
      if (state === undefined) return [];
      return RELAY_COUNTS.map((what) => ({ labels: { what }, value: state[what] }));
    });
  }

  #series(): RequestSeries[] {
    return Object.values(this.#rows).flatMap((rows) => [...rows.values()]);
  }

  #registerState(): void {
    this.#registerValue('facade_table_version', () => this.#sources?.table()?.version);
    this.#registerValue('facade_table_rejected', () => asNumber(this.#sources?.tableRejected()));
    this.#register('facade_table_rows', () => rowsByStage(this.#sources?.table()));
    this.#register('facade_table_event_rows', () => eventRowsByStage(this.#sources?.table()));
    this.#register('facade_sockets_stage', () => socketsStage(this.#sources?.table()));
    this.#registerValue('facade_engine_up', () => {
      const engine = this.#sources?.engine();
      return engine === undefined ? undefined : asNumber(engine.state === 'ready');
    });
    this.#registerValue('facade_engine_restarts_total', () => this.#sources?.engine()?.restarts);
    this.#register('facade_guard_state', () =>
      [...(this.#sources?.guard() ?? [])].map(([row, state]) => ({ labels: { row }, value: GUARD_VALUE[state] })),
    );
    this.#register('facade_alert_queue_length', () =>
      [...(this.#sources?.alertsWaiting() ?? [])].map(([webhook, value]) => ({
        labels: { webhook: String(webhook) },
        value,
      })),
    );
    this.#registerValue('facade_evidence_writable', () => asNumber(this.#sources?.evidence().writable));
    this.#registerValue('facade_evidence_lost_total', () => this.#sources?.evidence().lost);
    this.#registerValue('facade_certificate_expiry_timestamp_seconds', () => {
      const expiry = this.#sources?.certificateExpiry();
      return expiry === undefined ? undefined : expiry.getTime() / 1000;
    });
  }

  #registerShadow(): void {
    // A row of which all is dropped has been compared 0 times, which an alert sets against its drops.
    this.#register('facade_comparisons_total', () => this.#comparisons.samples(this.#droppedRows()));
    this.#register('facade_comparison_drops_total', () => this.#comparisonDrops.samples());
    const waits = 'facade_dry_run_wait_seconds';
    this.#register(waits, () => [...this.#dryRuns.values()].flatMap((histogram) => [...histogram.samples(waits)]));
    this.#register('facade_shadow_waiting', () => {
      const state = this.#sources?.shadow();
      if (state === undefined) return [];
      return [
        { labels: { what: 'copies' }, value: state.waiting },
        { labels: { what: 'comparisons' }, value: state.uncompared },
      ];
    });
    this.#registerValue('facade_shadow_under_way', () => this.#sources?.shadow().underWay);
    this.#registerValue('facade_shadow_buffered_bytes', () => this.#sources?.shadow().bufferedBytes);
    this.#registerValue('facade_shadow_share', () => this.#sources?.shadow().share);
  }

  *#droppedRows(): Generator<[row: string, verdict: Verdict]> {
    for (const { labels } of this.#comparisonDrops.samples()) yield [String(labels.row), 'match'];
  }

  #registerScheduler(): void {
    const view = (): SchedulerView | undefined => this.#sources?.scheduler();
    this.#register('facade_scheduler_ticks_total', () => this.#ticks.samples());
    this.#register('facade_scheduler_jobs', () =>
      Object.entries(view()?.jobs ?? {}).map(([side, value]) => ({ labels: { side }, value })),
    );
    this.#registerValue('facade_scheduler_hand_back_pending', () => asNumber(view()?.handBackPending));
    this.#registerValue('facade_scheduler_last_tick_timestamp_seconds', () => view()?.lastTick);
  }

  #registerProcess(version: string): void {
    const startedAt = Math.round(performance.timeOrigin) / 1000;
    this.#register('facade_event_loop_lag_seconds', () => {
      const { p50, p99 } = this.eventLoop.read();
      return [
        { labels: { quantile: '0.5' }, value: p50 },
        { labels: { quantile: '0.99' }, value: p99 },
      ];
    });
    this.#register('facade_build_info', () => [{ labels: { version, node: process.version }, value: 1 }]);
    this.#registerValue('process_cpu_seconds_total', () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    this.#registerValue('process_resident_memory_bytes', () => process.memoryUsage.rss());
    this.#registerValue('process_start_time_seconds', () => startedAt);
    this.#registerValue('process_open_fds', openFileDescriptors);
    this.#registerValue('nodejs_heap_size_used_bytes', () => process.memoryUsage().heapUsed);
    this.#registerValue('nodejs_external_memory_bytes', () => process.memoryUsage().external);
  }
}

function asNumber(flag: boolean | undefined): number | undefined {
  return flag === undefined ? undefined : Number(flag);
}

function rowsByStage(table: Pick<TableSnapshot, 'routes' | 'defaultRow'> | undefined): Sample[] {
  if (table === undefined) return [];
  const rows = [...table.routes, table.defaultRow];
  return STAGES.map((stage) => ({ labels: { stage }, value: rows.filter((row) => row.stage === stage).length }));
}

function eventRowsByStage(table: Pick<TableSnapshot, 'sockets'> | undefined): Sample[] {
  if (table === undefined) return [];
  const rows = [...table.sockets.events.values()];
  return EVENT_STAGES.map((stage) => ({ labels: { stage }, value: rows.filter((row) => row.stage === stage).length }));
}

function socketsStage(table: Pick<TableSnapshot, 'sockets'> | undefined): Sample[] {
  if (table === undefined) return [];
  return SOCKETS_STAGES.map((stage) => ({ labels: { stage }, value: Number(stage === table.sockets.stage) }));
}

function openFileDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined; // Not on Linux.
  }
}
