/**
 * Every metric of the facade: name, kind, meaning, labels. The registry and docs/reference/metrics.md are made from this.
 * Labels are rows, sides, codes and the like: never paths, addresses or agents, so the number of series stays bounded.
 */

export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence, with the unit where the name does not tell it all. */
  readonly help: string;
  readonly labels: readonly string[];
}

/** Upper bounds of the duration buckets, seconds. Agents poll every 30 s, uploads take minutes. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120] as const;

/** Upper bounds of the buckets of events, seconds: a round trip over the link to the engine, and a handler that writes. */
export const EVENT_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] as const;

/** Upper bounds of the buckets of waits for dry runs, seconds: a few milliseconds, and the time-out. */
export const DRY_RUN_BUCKETS = [0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] as const;

export const METRICS = {
  facade_requests_total: {
    type: 'counter',
    help: 'Requests that fell under a row, by who answered them (facade: its own refusals and failures) and by status class; class none is an answer that broke before its status.',
    labels: ['row', 'side', 'class'],
  },
  facade_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from the head of a request to the last byte of its answer.',
    labels: ['row', 'side'],
  },
  facade_request_body_bytes_total: {
    type: 'counter',
    help: 'Bytes of request bodies that were forwarded.',
    labels: ['row', 'side'],
  },
  facade_answer_body_bytes_total: {
    type: 'counter',
    help: 'Bytes of answer bodies that were given to clients.',
    labels: ['row', 'side'],
  },
  facade_forward_failures_total: {
    type: 'counter',
    help: 'Times that a side could not answer, by error code, whether or not the other side then did.',
    labels: ['row', 'side', 'code'],
  },
  facade_fallbacks_total: {
    type: 'counter',
    help: "Requests that the legacy answered in the engine's place, by the error code that led to it.",
    labels: ['row', 'code'],
  },
  facade_breaker_state: {
    type: 'gauge',
    help: 'Breaker of a row: 0 closed, 1 half-open, 2 open. Rows whose breaker never opened have no series.',
    labels: ['row'],
  },
  facade_access_judgements_total: {
    type: 'counter',
    help: 'Callers judged by rows that demand one: allowed, denied (403), or unavailable (503: key or database could not be read). Public rows have no series.',
    labels: ['row', 'outcome'],
  },
  facade_override_requests_total: {
    type: 'counter',
    help: 'Requests that an override sent to the side it names, by who answered them and by status class. They stand in no other series of their row, but for judgements of callers.',
    labels: ['row', 'side', 'class'],
  },
  facade_overrides_ignored_total: {
    type: 'counter',
    help: 'Requests with an override that did not count, and that were served as if without: malformed, signature, expired, ahead (ends more than a day from now), other_row, retired (the row is, and it names the legacy).',
    labels: ['reason'],
  },
  facade_guard_trips_total: {
    type: 'counter',
    help: 'Times that the guard found that a row must go back, by cause: errors, timeouts or mismatches.',
    labels: ['row', 'cause'],
  },
  facade_guard_state: {
    type: 'gauge',
    help: 'How the guard stands to a row: 0 watching, 1 moved back and held there, 2 it should go back and can not. Rows at other stages and rows with `guard: off` have no series.',
    labels: ['row'],
  },
  facade_alert_messages_total: {
    type: 'counter',
    help: 'Alerts by webhook (its number in the settings) and by what became of them: delivered, refused, expired or dropped.',
    labels: ['webhook', 'outcome'],
  },
  facade_alert_failures_total: {
    type: 'counter',
    help: 'Failed tries to deliver an alert.',
    labels: ['webhook'],
  },
  facade_alert_queue_length: {
    type: 'gauge',
    help: 'Alerts that wait to be delivered.',
    labels: ['webhook'],
  },
  facade_refused_requests_total: {
    type: 'counter',
    help: 'Requests and upgrades that the facade refused before it looked for a row, by code.',
    labels: ['code'],
  },
  facade_open_sockets: {
    type: 'gauge',
    help: 'Open tunnels (websocket) and long-polling sessions (polling).',
    labels: ['side', 'transport'],
  },
  facade_sockets_opened_total: {
    type: 'counter',
    help: 'Tunnels and long-polling sessions opened.',
    labels: ['side', 'transport'],
  },
  facade_sockets_closed_total: {
    type: 'counter',
    help: 'Tunnels and long-polling sessions that ended, by reason.',
    labels: ['side', 'transport', 'reason'],
  },
  facade_bridged_sockets: {
    type: 'gauge',
    help: 'Open sessions of the packet bridge (sockets at split), which are among the open sockets of side legacy.',
    labels: ['transport'],
  },
  facade_socket_events_total: {
    type: 'counter',
    help: "Events of bridged sessions by row (other: those without one), by side and by what became of them there: passed (the legacy's own), handled, unknown, failed or refused (the engine's word), fallback (the legacy in the engine's place), copied (under both), lost (the link ended first), dropped (nobody could take it), ignored (the client had not joined).",
    labels: ['event', 'side', 'outcome'],
  },
  facade_socket_event_duration_seconds: {
    type: 'histogram',
    help: 'Time from the arrival of an event to the word of the engine that it is done.',
    labels: ['event'],
  },
  facade_socket_relay_up: {
    type: 'gauge',
    help: "1 while clients of the engine's own server hear the legacy too, 0 while they should and don't. No series while that is not wanted.",
    labels: [],
  },
  facade_socket_relay_events_total: {
    type: 'counter',
    help: "What passed between the legacy and clients of the engine's own server: heard of the legacy; said to it (presence); asked of it (configurations); dropped (too long or too much for it). Begins anew with the engine.",
    labels: ['what'],
  },
  facade_socket_relay_waiting: {
    type: 'gauge',
    help: 'Agents of whose presence the legacy is still to be told. No series without a relay.',
    labels: [],
  },
  facade_socket_link_up: {
    type: 'gauge',
    help: '1 while the packet bridge is linked with the engine, else 0. No series while the sockets are not at split and no session is bridged.',
    labels: [],
  },
  facade_comparisons_total: {
    type: 'counter',
    help: 'Comparisons of engine and legacy, by verdict.',
    labels: ['row', 'verdict'],
  },
  facade_comparison_drops_total: {
    type: 'counter',
    help: 'Sampled requests that were not compared, by reason (docs/reference/errors.md).',
    labels: ['row', 'reason'],
  },
  facade_scheduler_ticks_total: {
    type: 'counter',
    help: "Ticks of the legacy's scheduler that were to be compared, by what became of them: compared, idle (nothing was due), inconclusive or dropped. Verdicts are counted job by job in facade_comparisons_total, row background:scheduler.",
    labels: ['outcome'],
  },
  facade_scheduler_jobs: {
    type: 'gauge',
    help: 'Scheduled jobs, enabled or not, by the side that runs them. No series while they can not be counted.',
    labels: ['side'],
  },
  facade_scheduler_hand_back_pending: {
    type: 'gauge',
    help: "1 while jobs are the engine's by the database and the legacy's by the migration table, so that they wait to go back after the engine's next tick, else 0. No series while neither database nor engine has told whose jobs are, and where the facade supervises no engine.",
    labels: [],
  },
  facade_scheduler_last_tick_timestamp_seconds: {
    type: 'gauge',
    help: "The last minute that the engine's scheduler ticked for, or when it was given jobs, if that was later; epoch seconds. No series while no job is its own by the database, whatever the migration table says.",
    labels: [],
  },
  facade_dry_run_wait_seconds: {
    type: 'histogram',
    help: 'Time that a write waited for its dry run before it went to the legacy, by what came of the dry run.',
    labels: ['outcome'],
  },
  facade_shadow_waiting: {
    type: 'gauge',
    help: 'Copies that wait for their turn (copies) and pairs that wait to be compared (comparisons).',
    labels: ['what'],
  },
  facade_shadow_under_way: { type: 'gauge', help: 'Copies and dry runs under way.', labels: [] },
  facade_shadow_buffered_bytes: { type: 'gauge', help: 'Memory of bodies that wait to be compared.', labels: [] },
  facade_shadow_share: {
    type: 'gauge',
    help: 'Share of sampled requests that is let through to be compared: 1 while the event loop has time, 0 while it has none.',
    labels: [],
  },
  facade_table_version: { type: 'gauge', help: 'Version of the migration table in force.', labels: [] },
  facade_table_rejected: {
    type: 'gauge',
    help: '1 while the table file on disk breaks a rule and the last good table stays in force, else 0.',
    labels: [],
  },
  facade_table_rows: {
    type: 'gauge',
    help: 'Rows of routes of the migration table, and the default row, by stage.',
    labels: ['stage'],
  },
  facade_table_event_rows: {
    type: 'gauge',
    help: 'Rows of events of the migration table, by stage. They are in force while facade_sockets_stage is split.',
    labels: ['stage'],
  },
  facade_sockets_stage: {
    type: 'gauge',
    help: '1 for the stage that the sockets are at (legacy, split or engine), 0 for the others.',
    labels: ['stage'],
  },
  facade_engine_up: {
    type: 'gauge',
    help: '1 while the engine that the facade supervises takes requests, else 0.',
    labels: [],
  },
  facade_engine_restarts_total: {
    type: 'counter',
    help: 'Times that the facade started the engine again.',
    labels: [],
  },
  facade_evidence_writable: {
    type: 'gauge',
    help: '1 while comparisons are kept in facade.db, 0 while it is full, locked or broken.',
    labels: [],
  },
  facade_evidence_lost_total: {
    type: 'counter',
    help: 'Comparisons that were made and could not be kept.',
    labels: [],
  },
  facade_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate that is presented to clients expires, epoch seconds. No series without TLS.',
    labels: [],
  },
  facade_event_loop_lag_seconds: {
    type: 'gauge',
    help: 'Delay of the event loop since the last reading, by quantile.',
    labels: ['quantile'],
  },
  facade_build_info: { type: 'gauge', help: 'Always 1; tells versions.', labels: ['version', 'node'] },
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'User and system CPU time of the facade process.',
    labels: [],
  },
  process_resident_memory_bytes: { type: 'gauge', help: 'Resident memory of the facade process.', labels: [] },
  process_start_time_seconds: { type: 'gauge', help: 'When the facade process started, epoch seconds.', labels: [] },
  process_open_fds: {
    type: 'gauge',
    help: 'Open file descriptors of the facade process. No series where /proc is missing.',
    labels: [],
  },
  nodejs_heap_size_used_bytes: { type: 'gauge', help: 'JavaScript heap in use.', labels: [] },
  nodejs_external_memory_bytes: { type: 'gauge', help: 'Memory of buffers outside the heap.', labels: [] },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
