/** The Grafana dashboard, as panels in rows; config/grafana/facade.json is made from this. */

interface Panel {
  readonly title: string;
  readonly description: string;
  /** PromQL and the legend of its series. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  readonly unit?: string;
  /** Current values in place of curves. */
  readonly stat?: true;
}

const SECTIONS: readonly (readonly [title: string, panels: readonly Panel[]])[] = [
  [
    'State',
    [
      {
        title: 'Rows by stage',
        description: 'How far the migration is.',
        queries: [
          ['facade_table_rows', '{{stage}}'],
          ['facade_table_event_rows > 0', 'events {{stage}}'],
          ['facade_sockets_stage == 1', 'sockets at {{stage}}'],
        ],
        stat: true,
      },
      {
        title: 'Held or stuck rows',
        description: '1: moved back by the guard and held. 2: it should go back and can not.',
        queries: [['facade_guard_state > 0', '{{row}}']],
        stat: true,
      },
      {
        title: 'Engine up',
        description: '0: it is started again, and rows fall back.',
        queries: [['facade_engine_up', 'engine']],
        stat: true,
      },
      {
        title: 'Table version',
        description: 'A change of it is a flip, an edit or the guard.',
        queries: [
          ['facade_table_version', 'version'],
          ['facade_table_rejected', 'file rejected'],
        ],
      },
    ],
  ],
  [
    'Traffic',
    [
      {
        title: 'Requests by side',
        description: 'Who answers.',
        queries: [['sum by (side) (rate(facade_requests_total{row=~"$row"}[$__rate_interval]))', '{{side}}']],
        unit: 'reqps',
      },
      {
        title: 'Server errors by side',
        description: 'Answers of class 5xx and answers that broke.',
        queries: [
          [
            'sum by (side, row) (rate(facade_requests_total{row=~"$row",class=~"5xx|none"}[$__rate_interval]))',
            '{{row}} {{side}}',
          ],
        ],
        unit: 'reqps',
      },
      {
        title: 'Duration, 99th percentile',
        description: 'From the head of a request to the last byte of its answer.',
        queries: [
          [
            'histogram_quantile(0.99, sum by (side, le) (rate(facade_request_duration_seconds_bucket{row=~"$row"}[$__rate_interval])))',
            '{{side}}',
          ],
        ],
        unit: 's',
      },
      {
        title: 'Failures and fallbacks',
        description: 'Sides that could not answer, and how often the legacy answered in place of the engine.',
        queries: [
          [
            'sum by (side, code) (rate(facade_forward_failures_total{row=~"$row"}[$__rate_interval]))',
            '{{side}} {{code}}',
          ],
          ['sum by (row) (rate(facade_fallbacks_total{row=~"$row"}[$__rate_interval]))', 'fallback {{row}}'],
        ],
        unit: 'reqps',
      },
    ],
  ],
  [
    'Guard',
    [
      {
        title: 'Trips',
        description: 'Times that a row had to go back, by cause.',
        queries: [
          [
            'sum by (row, cause) (increase(facade_guard_trips_total{row=~"$row"}[$__rate_interval]))',
            '{{row}} {{cause}}',
          ],
        ],
      },
      {
        title: 'Breakers',
        description: '0 closed, 1 half-open, 2 open.',
        queries: [['facade_breaker_state{row=~"$row"}', '{{row}}']],
      },
      {
        title: 'Alerts',
        description: 'By webhook: what became of them, and how many wait.',
        queries: [
          [
            'sum by (webhook, outcome) (increase(facade_alert_messages_total[$__rate_interval]))',
            '{{webhook}} {{outcome}}',
          ],
          ['sum by (webhook) (increase(facade_alert_failures_total[$__rate_interval]))', '{{webhook}} failed tries'],
          ['facade_alert_queue_length', '{{webhook}} waiting'],
        ],
      },
    ],
  ],
  [
    'Comparing',
    [
      {
        title: 'Verdicts',
        description: 'Comparisons of engine and legacy.',
        queries: [['sum by (verdict) (rate(facade_comparisons_total{row=~"$row"}[$__rate_interval]))', '{{verdict}}']],
        unit: 'ops',
      },
      {
        title: 'Mismatch rate',
        description:
          'Share of mismatches among comparisons that say something. The gate asks for more: `facade compare`.',
        queries: [
          [
            'sum by (row) (rate(facade_comparisons_total{row=~"$row",verdict="mismatch"}[$__rate_interval])) / sum by (row) (rate(facade_comparisons_total{row=~"$row",verdict=~"match|ignored|mismatch"}[$__rate_interval]))',
            '{{row}}',
          ],
        ],
        unit: 'percentunit',
      },
      {
        title: 'Dropped',
        description: 'Sampled requests that were not compared.',
        queries: [
          ['sum by (reason) (rate(facade_comparison_drops_total{row=~"$row"}[$__rate_interval]))', '{{reason}}'],
        ],
        unit: 'ops',
      },
      {
        title: 'Wait of writes for dry runs, 99th percentile',
        description: 'What a sampled write pays.',
        queries: [
          [
            'histogram_quantile(0.99, sum by (outcome, le) (rate(facade_dry_run_wait_seconds_bucket[$__rate_interval])))',
            '{{outcome}}',
          ],
        ],
        unit: 's',
      },
      {
        title: 'Copies',
        description: 'Under way and waiting, and the share that the event loop has time for.',
        queries: [
          ['facade_shadow_under_way', 'under way'],
          ['facade_shadow_waiting', 'waiting {{what}}'],
          ['facade_shadow_share', 'share let through'],
        ],
      },
      {
        title: 'Evidence kept',
        description: '0 while facade.db is full, locked or broken; then comparisons are lost.',
        queries: [
          ['facade_evidence_writable', 'writable'],
          ['increase(facade_evidence_lost_total[$__rate_interval])', 'lost'],
        ],
      },
    ],
  ],
  [
    'Scheduler',
    [
      {
        title: 'Jobs by side',
        description: 'Who runs how many of the scheduled jobs.',
        queries: [['facade_scheduler_jobs', '{{side}}']],
        stat: true,
      },
      {
        title: "Age of the engine's last tick",
        description: 'A minute is usual. Nothing is shown while the engine has no jobs.',
        queries: [
          ['time() - facade_scheduler_last_tick_timestamp_seconds', 'last tick'],
          ['facade_scheduler_hand_back_pending', 'jobs wait to go back'],
        ],
      },
      {
        title: "The legacy's ticks",
        description: 'Compared, idle, inconclusive or dropped.',
        queries: [['sum by (outcome) (increase(facade_scheduler_ticks_total[$__rate_interval]))', '{{outcome}}']],
      },
    ],
  ],
  [
    'Events',
    [
      {
        title: 'Events by side',
        description: 'Of bridged sessions: who handles them, and what is told besides.',
        queries: [
          ['sum by (side, outcome) (rate(facade_socket_events_total[$__rate_interval]))', '{{side}} {{outcome}}'],
        ],
        unit: 'ops',
      },
      {
        title: 'Events that nobody handled as meant',
        description: 'Failed, fallen back, lost or dropped.',
        queries: [
          [
            'sum by (event, outcome) (rate(facade_socket_events_total{outcome=~"failed|unknown|refused|fallback|lost|dropped"}[$__rate_interval]))',
            '{{event}} {{outcome}}',
          ],
        ],
        unit: 'ops',
      },
      {
        title: 'Duration at the engine, 99th percentile',
        description: 'From the arrival of an event to the word of the engine that it is done.',
        queries: [
          [
            'histogram_quantile(0.99, sum by (event, le) (rate(facade_socket_event_duration_seconds_bucket[$__rate_interval])))',
            '{{event}}',
          ],
        ],
        unit: 's',
      },
      {
        title: 'Link to the engine',
        description: '0: events go by the fallback of their row.',
        queries: [['facade_socket_link_up', 'link']],
        stat: true,
      },
      {
        title: 'Relay to the legacy',
        description: "0: clients of the engine's own server do not hear the legacy. No value while that is not wanted.",
        queries: [['facade_socket_relay_up', 'relay']],
        stat: true,
      },
      {
        title: 'What the relay passes on',
        description: 'Waiting: agents of whose presence the legacy is still to be told.',
        queries: [
          ['rate(facade_socket_relay_events_total[$__rate_interval])', '{{what}}'],
          ['facade_socket_relay_waiting', 'waiting'],
        ],
      },
    ],
  ],
  [
    'Sockets and process',
    [
      {
        title: 'Open sockets',
        description: 'Tunnels and long-polling sessions; those of the packet bridge are among the ones of the legacy.',
        queries: [
          ['sum by (side, transport) (facade_open_sockets)', '{{side}} {{transport}}'],
          ['sum by (transport) (facade_bridged_sockets)', 'bridged {{transport}}'],
        ],
      },
      {
        title: 'Event loop',
        description: 'How late timers run.',
        queries: [['facade_event_loop_lag_seconds', '{{quantile}}']],
        unit: 's',
      },
      {
        title: 'Memory',
        description: 'Resident memory of the facade.',
        queries: [
          ['process_resident_memory_bytes', 'resident'],
          ['facade_shadow_buffered_bytes', 'bodies to be compared'],
        ],
        unit: 'bytes',
      },
    ],
  ],
];

const WIDTH = 24;
const HEIGHT = 8;
const SOURCE = { type: 'prometheus', uid: '$datasource' };

/** Every expression of the dashboard. */
export function dashboardExpressions(): readonly string[] {
  return [
    ...SECTIONS.flatMap(([, panels]) => panels.flatMap(({ queries }) => queries.map(([expr]) => expr))),
    ROW_LABELS,
  ];
}

const ROW_LABELS = 'label_values(facade_requests_total, row)';

/** The file's text. */
export function grafanaDashboard(): string {
  const dashboard = {
    uid: 'borealis-facade',
    title: 'Facade',
    tags: ['facade'],
    schemaVersion: 39,
    timezone: 'utc',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [dataSourceVariable(), rowVariable()] },
    annotations: { list: [] },
    panels: allPanels(),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

function allPanels(): object[] {
  let y = 0;
  let id = 0;
  return SECTIONS.flatMap(([title, panels]) => {
    const heading = {
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: WIDTH, h: 1 },
      panels: [],
    };
    const w = Math.floor(WIDTH / panels.length);
    const drawn = panels.map((panel, at) => drawPanel(panel, ++id, { x: at * w, y, w, h: HEIGHT }));
    y += HEIGHT;
    return [heading, ...drawn];
  });
}

function drawPanel({ title, description, queries, unit = 'short', stat }: Panel, id: number, gridPos: object): object {
  return {
    ...{ id, type: stat === true ? 'stat' : 'timeseries', title, description, gridPos, datasource: SOURCE },
    fieldConfig: { defaults: { unit }, overrides: [] },
    options:
      stat === true ? { textMode: 'value_and_name' } : { legend: { displayMode: 'list' }, tooltip: { mode: 'multi' } },
    targets: queries.map(([expr, legendFormat], at) => ({
      ...{ refId: String.fromCharCode(65 + at), datasource: SOURCE, expr, legendFormat },
      ...(stat === true ? { instant: true } : {}),
    })),
  };
}

function dataSourceVariable(): object {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };
}

function rowVariable(): object {
  return {
    ...{ name: 'row', label: 'Row', type: 'query', datasource: SOURCE, multi: true, includeAll: true, allValue: '.*' },
    ...{ query: { query: ROW_LABELS, refId: 'row' }, refresh: 2, current: { text: 'All', value: '$__all' } },
  };
}
