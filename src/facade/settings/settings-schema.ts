/**
 * Every setting of the facade: default, meaning, environment variable and flag.
 * `--help` and docs/reference/settings.md are made from this file.
 */
import convict from 'convict';

/** A port number as convict checks it: 0 (any free port) to 65535. */
const port = 'port';

/** A list written as YAML list, or as comma-separated text in environment and flags. */
convict.addFormat({
  name: 'text-list',
  coerce: (value: unknown) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : value,
  validate: (value: unknown) => {
    if (!Array.isArray(value) || value.some((part) => typeof part !== 'string'))
      throw new Error('must be a list of texts');
  },
});

/** Milliseconds: a whole number, 0 or more. */
convict.addFormat({
  name: 'milliseconds',
  coerce: (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value),
  validate: (value: unknown) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw new Error('must be a whole number of milliseconds, 0 or more');
  },
});

/** A count of things: a whole number, 1 or more. */
convict.addFormat({
  name: 'count',
  coerce: (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value),
  validate: (value: unknown) => {
    if (!Number.isSafeInteger(value) || (value as number) < 1) throw new Error('must be a whole number, 1 or more');
  },
});

/** A share: 0 to 100, decimals allowed. */
convict.addFormat({
  name: 'percentage',
  coerce: (value: unknown) => (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value),
  validate: (value: unknown) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 100)) throw new Error('must be a number from 0 to 100');
  },
});

/** An absolute http or https URL without a path. */
convict.addFormat({
  name: 'origin',
  validate: (value: unknown) => {
    if (value === '') return;
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || (url.pathname !== '/' && url.pathname !== ''))
      throw new Error('must be an http:// or https:// address without a path, such as http://127.0.0.1:5001');
  },
});

export const SETTINGS_SCHEMA = {
  listen: {
    host: {
      doc: 'Address that agents and browsers reach: the one the legacy had.',
      format: String,
      default: '0.0.0.0',
      env: 'FACADE_LISTEN_HOST',
      arg: 'listen-host',
    },
    port: {
      doc: 'Port that agents and browsers reach. 0 takes any free port.',
      format: port,
      default: 5000,
      env: 'FACADE_LISTEN_PORT',
      arg: 'listen-port',
    },
  },
  tls: {
    certificate: {
      doc: 'PEM file with the leaf first, then the root: the bundle that agents have pinned (Certificates/Server/borealis-server-bundle.pem). Empty: plain HTTP, for development only.',
      format: String,
      default: '',
      env: 'FACADE_TLS_CERTIFICATE',
      arg: 'tls-certificate',
    },
    key: {
      doc: 'PEM file with the private key of the leaf. Needed with tls.certificate.',
      format: String,
      default: '',
      env: 'FACADE_TLS_KEY',
      arg: 'tls-key',
    },
    minVersion: {
      doc: 'Oldest TLS version that is accepted. The agents in the field speak 1.2 and 1.3.',
      format: ['TLSv1.2', 'TLSv1.3'],
      default: 'TLSv1.2',
      env: 'FACADE_TLS_MIN_VERSION',
      arg: 'tls-min-version',
    },
  },
  trustedProxies: {
    doc: 'Addresses or CIDR ranges of proxies in front of the facade. Their X-Forwarded-For is kept and appended to, their X-Forwarded-Proto and X-Forwarded-Host are kept; those of all other peers are overwritten.',
    format: 'text-list',
    default: [] as string[],
    env: 'FACADE_TRUSTED_PROXIES',
    arg: 'trusted-proxies',
  },
  legacy: {
    url: {
      doc: 'Where the legacy server listens now.',
      format: 'origin',
      default: 'http://127.0.0.1:5001',
      env: 'FACADE_LEGACY_URL',
      arg: 'legacy-url',
    },
    ca: {
      doc: 'PEM file with the root (or bundle) that an https legacy is verified against. Empty: the system roots.',
      format: String,
      default: '',
      env: 'FACADE_LEGACY_CA',
      arg: 'legacy-ca',
    },
    pin: {
      doc: 'SHA-256 of the legacy certificate (64 hex digits, colons allowed). When set, exactly this certificate is accepted, whatever its name, root and dates.',
      format: String,
      default: '',
      env: 'FACADE_LEGACY_PIN',
      arg: 'legacy-pin',
    },
    serverName: {
      doc: 'Name that the certificate of an https legacy must carry. The legacy writes IP addresses as DNS names, so dialling 127.0.0.1 needs "localhost" here. Empty: the host of legacy.url.',
      format: String,
      default: '',
      env: 'FACADE_LEGACY_SERVER_NAME',
      arg: 'legacy-server-name',
    },
  },
  engine: {
    mode: {
      doc: 'spawn: start and supervise dist/engine/main.js on a Unix socket. url: use the engine at engine.url. off: no engine; rows that name it fall back to the legacy.',
      format: ['spawn', 'url', 'off'],
      default: 'spawn',
      env: 'FACADE_ENGINE_MODE',
      arg: 'engine-mode',
    },
    url: {
      doc: 'Address of a running engine, for engine.mode url.',
      format: 'origin',
      default: '',
      env: 'FACADE_ENGINE_URL',
      arg: 'engine-url',
    },
    readyTimeoutMs: {
      doc: 'Longest wait for a started engine to answer /health before it is ended and started again.',
      format: 'milliseconds',
      default: 20000,
      env: 'FACADE_ENGINE_READY_TIMEOUT_MS',
      arg: 'engine-ready-timeout-ms',
    },
  },
  shared: {
    projectRoot: {
      doc: 'Project root of the legacy: its keys and certificates lie below it. Needed by rows that demand a caller, and by `facade check --tokens`. Handed to the engine, as are all settings of this section.',
      format: String,
      default: '',
      env: 'BOREALIS_PROJECT_ROOT',
      arg: 'project-root',
    },
    root: {
      doc: 'Root of the database, where that is not the project root.',
      format: String,
      default: '',
      env: 'BOREALIS_ROOT',
      arg: 'root',
    },
    database: {
      doc: 'The database that both sides share; the facade opens it for reading only, to see whether callers still have an account and which. Empty: database.db below the root.',
      format: String,
      default: '',
      env: 'BOREALIS_DATABASE_PATH',
      arg: 'database',
    },
    serverRoot: {
      doc: 'Folder of the legacy with auth_keys. Empty: Server/Borealis below the project root.',
      format: String,
      default: '',
      env: 'BOREALIS_SERVER_ROOT',
      arg: 'server-root',
    },
    certificates: {
      doc: 'Folder of the certificates and of the key that signs scripts. Empty: Certificates below the project root.',
      format: String,
      default: '',
      env: 'BOREALIS_CERT_ROOT',
      arg: 'certificates',
    },
  },
  table: {
    file: {
      doc: 'The migration table.',
      format: String,
      default: 'config/migration-table.yaml',
      env: 'FACADE_TABLE_FILE',
      arg: 'table',
    },
    pollMs: {
      doc: 'How often the table file is looked at besides file events (bind mounts and some editors give none).',
      format: 'milliseconds',
      default: 1000,
      env: 'FACADE_TABLE_POLL_MS',
      arg: 'table-poll-ms',
    },
  },
  stateDirectory: {
    doc: 'Folder for facade.db (versions and audit), the admin token and the engine socket. Made with mode 0700.',
    format: String,
    default: 'var',
    env: 'FACADE_STATE_DIRECTORY',
    arg: 'state-directory',
  },
  admin: {
    host: {
      doc: 'Address of the admin API, metrics and health. Never served on the public listener.',
      format: String,
      default: '127.0.0.1',
      env: 'FACADE_ADMIN_HOST',
      arg: 'admin-host',
    },
    port: {
      doc: 'Port of the admin API. 0 takes any free port.',
      format: port,
      default: 9090,
      env: 'FACADE_ADMIN_PORT',
      arg: 'admin-port',
    },
    token: {
      doc: 'Bearer token of the admin API. Empty: the one in <stateDirectory>/admin.token, made on the first start with mode 0600.',
      format: String,
      default: '',
      sensitive: true,
      env: 'FACADE_ADMIN_TOKEN',
      arg: 'admin-token',
    },
  },
  limits: {
    headerBytes: {
      doc: 'Largest request head (request line and headers). Larger: 431 and the connection is closed.',
      format: 'count',
      default: 32768,
      env: 'FACADE_LIMITS_HEADER_BYTES',
      arg: 'limits-header-bytes',
    },
    headersTimeoutMs: {
      doc: 'Longest wait for a complete request head on a connection that began to send one.',
      format: 'milliseconds',
      default: 60000,
      env: 'FACADE_LIMITS_HEADERS_TIMEOUT_MS',
      arg: 'limits-headers-timeout-ms',
    },
    idleConnectionMs: {
      doc: 'How long an idle client connection is kept. Agents call every 30 s on one connection: not under 60000.',
      format: 'milliseconds',
      default: 75000,
      env: 'FACADE_LIMITS_IDLE_CONNECTION_MS',
      arg: 'limits-idle-connection-ms',
    },
    idleBodyMs: {
      doc: 'Longest pause between two pieces of a request body before the request is ended with 408.',
      format: 'milliseconds',
      default: 120000,
      env: 'FACADE_LIMITS_IDLE_BODY_MS',
      arg: 'limits-idle-body-ms',
    },
    connectTimeoutMs: {
      doc: 'Longest wait for a connection to a side.',
      format: 'milliseconds',
      default: 3000,
      env: 'FACADE_LIMITS_CONNECT_TIMEOUT_MS',
      arg: 'limits-connect-timeout-ms',
    },
    sideConnections: {
      doc: 'Most simultaneous connections to each side (sockets not counted).',
      format: 'count',
      default: 256,
      env: 'FACADE_LIMITS_SIDE_CONNECTIONS',
      arg: 'limits-side-connections',
    },
    shutdownMs: {
      doc: 'How long a stopping facade waits for requests in flight.',
      format: 'milliseconds',
      default: 25000,
      env: 'FACADE_LIMITS_SHUTDOWN_MS',
      arg: 'limits-shutdown-ms',
    },
  },
  answers: {
    servedBy: {
      doc: 'Adds X-Facade-Served-By (legacy, engine or facade) to answers: all, none, or all but those to agents.',
      format: ['none', 'browsers', 'all'],
      default: 'none',
      env: 'FACADE_ANSWERS_SERVED_BY',
      arg: 'answers-served-by',
    },
  },
  breaker: {
    failures: {
      doc: 'Consecutive failures of the engine on one row that open its breaker.',
      format: 'count',
      default: 5,
      env: 'FACADE_BREAKER_FAILURES',
      arg: 'breaker-failures',
    },
    openMs: {
      doc: 'How long an open breaker keeps the engine out before one request tries it again; doubles up to 30 times while it fails.',
      format: 'milliseconds',
      default: 10000,
      env: 'FACADE_BREAKER_OPEN_MS',
      arg: 'breaker-open-ms',
    },
  },
  alerts: {
    webhooks: {
      doc: 'Addresses that events such as a row moved back by the guard are posted to as JSON, each as `URL` or `URL TOKEN-FILE`: a file whose content goes along as bearer token. Addresses may hold secrets and are never logged.',
      format: 'text-list',
      default: [] as string[],
      sensitive: true,
      env: 'FACADE_ALERTS_WEBHOOKS',
      arg: 'alerts-webhooks',
    },
    ca: {
      doc: 'PEM file with the roots that https webhooks are verified against. Empty: the system roots.',
      format: String,
      default: '',
      env: 'FACADE_ALERTS_CA',
      arg: 'alerts-ca',
    },
    timeoutMs: {
      doc: 'Longest wait for a webhook to answer one try.',
      format: 'milliseconds',
      default: 5000,
      env: 'FACADE_ALERTS_TIMEOUT_MS',
      arg: 'alerts-timeout-ms',
    },
    deadlineMs: {
      doc: 'How long a message that could not be delivered is tried again, with growing pauses of up to a minute.',
      format: 'milliseconds',
      default: 900000,
      env: 'FACADE_ALERTS_DEADLINE_MS',
      arg: 'alerts-deadline-ms',
    },
  },
  shadow: {
    connections: {
      doc: 'Most copies of reads that are under way to the engine at once, over connections of their own.',
      format: 'count',
      default: 8,
      env: 'FACADE_SHADOW_CONNECTIONS',
      arg: 'shadow-connections',
    },
    legacyConnections: {
      doc: 'Most copies of reads that are under way to the legacy at once: those of stages verify and engine, and second askings that teach noise.',
      format: 'count',
      default: 4,
      env: 'FACADE_SHADOW_LEGACY_CONNECTIONS',
      arg: 'shadow-legacy-connections',
    },
    dryRuns: {
      doc: 'Most writes at once that are held for a dry run. Beyond it they go on without being compared.',
      format: 'count',
      default: 8,
      env: 'FACADE_SHADOW_DRY_RUNS',
      arg: 'shadow-dry-runs',
    },
    dryRunTimeoutMs: {
      doc: 'Longest time that a write waits for its dry run; then it goes to the legacy without being compared.',
      format: 'milliseconds',
      default: 150,
      env: 'FACADE_SHADOW_DRY_RUN_TIMEOUT_MS',
      arg: 'shadow-dry-run-timeout-ms',
    },
    copyTimeoutMs: {
      doc: 'Longest wait for the whole answer to a copy of a read. No client waits for it.',
      format: 'milliseconds',
      default: 5000,
      env: 'FACADE_SHADOW_COPY_TIMEOUT_MS',
      arg: 'shadow-copy-timeout-ms',
    },
    queue: {
      doc: 'Most copies that wait for their turn; also the most comparisons that wait to be made.',
      format: 'count',
      default: 256,
      env: 'FACADE_SHADOW_QUEUE',
      arg: 'shadow-queue',
    },
    maxWaitMs: {
      doc: 'Longest wait of a copy for its turn. The sides would answer about different moments beyond it.',
      format: 'milliseconds',
      default: 250,
      env: 'FACADE_SHADOW_MAX_WAIT_MS',
      arg: 'shadow-max-wait-ms',
    },
    maxBodyBytes: {
      doc: 'Largest body, of a request or an answer, that is kept to be compared.',
      format: 'count',
      default: 262144,
      env: 'FACADE_SHADOW_MAX_BODY_BYTES',
      arg: 'shadow-max-body-bytes',
    },
    bodyWaitMs: {
      doc: 'Longest wait for the whole body of a write that is to be dry-run; then it is forwarded as it comes.',
      format: 'milliseconds',
      default: 500,
      env: 'FACADE_SHADOW_BODY_WAIT_MS',
      arg: 'shadow-body-wait-ms',
    },
    maxBufferedBytes: {
      doc: 'Most memory for all bodies together that wait to be compared.',
      format: 'count',
      default: 33554432,
      env: 'FACADE_SHADOW_MAX_BUFFERED_BYTES',
      arg: 'shadow-max-buffered-bytes',
    },
    maxLagMs: {
      doc: 'Lateness of the event loop beyond which fewer requests are compared, down to none.',
      format: 'milliseconds',
      default: 25,
      env: 'FACADE_SHADOW_MAX_LAG_MS',
      arg: 'shadow-max-lag-ms',
    },
    maxBusyPercent: {
      doc: 'Share of the time that the event loop is not idle beyond which fewer requests are compared, down to none.',
      format: 'percentage',
      default: 80,
      env: 'FACADE_SHADOW_MAX_BUSY_PERCENT',
      arg: 'shadow-max-busy-percent',
    },
    noisePercent: {
      doc: 'Share of the compared reads that the legacy is asked twice, to learn in what it disagrees with itself.',
      format: 'percentage',
      default: 2,
      env: 'FACADE_SHADOW_NOISE_PERCENT',
      arg: 'shadow-noise-percent',
    },
    wayBackPercent: {
      doc: "Share of a row's sample that the legacy is asked too while the row is at stage engine, so that rows it can no longer serve are found while flipping back is still cheap.",
      format: 'percentage',
      default: 5,
      env: 'FACADE_SHADOW_WAY_BACK_PERCENT',
      arg: 'shadow-way-back-percent',
    },
  },
  evidence: {
    mismatchesPerRow: {
      doc: 'Mismatches of a row that are kept whole. When full, the oldest of the most frequent kind make room.',
      format: 'count',
      default: 200,
      env: 'FACADE_EVIDENCE_MISMATCHES_PER_ROW',
      arg: 'evidence-mismatches-per-row',
    },
    matchesPerRow: {
      doc: 'Comparisons of other verdicts that are kept whole, per row.',
      format: 'count',
      default: 5,
      env: 'FACADE_EVIDENCE_MATCHES_PER_ROW',
      arg: 'evidence-matches-per-row',
    },
    days: {
      doc: 'Days for which whole comparisons, ended periods of evidence, and what rows were seen to answer are kept.',
      format: 'count',
      default: 30,
      env: 'FACADE_EVIDENCE_DAYS',
      arg: 'evidence-days',
    },
    megabytes: {
      doc: 'Most megabytes of whole comparisons in facade.db, as stored; the oldest go first.',
      format: 'count',
      default: 64,
      env: 'FACADE_EVIDENCE_MEGABYTES',
      arg: 'evidence-megabytes',
    },
    redactHeaders: {
      doc: 'Names of headers that hold secrets, besides the usual ones: their values are not kept.',
      format: 'text-list',
      default: [] as string[],
      env: 'FACADE_EVIDENCE_REDACT_HEADERS',
      arg: 'evidence-redact-headers',
    },
    redactKeys: {
      doc: 'Names of JSON fields, columns and query parameters that hold secrets, besides the usual ones.',
      format: 'text-list',
      default: [] as string[],
      env: 'FACADE_EVIDENCE_REDACT_KEYS',
      arg: 'evidence-redact-keys',
    },
    redactPatterns: {
      doc: 'Regular expressions of secrets that may stand anywhere, besides the usual ones.',
      format: 'text-list',
      default: [] as string[],
      env: 'FACADE_EVIDENCE_REDACT_PATTERNS',
      arg: 'evidence-redact-patterns',
    },
  },
  log: {
    level: {
      doc: 'Least severe level that is logged.',
      format: ['error', 'warn', 'info', 'debug'],
      default: 'info',
      env: 'FACADE_LOG_LEVEL',
      arg: 'log-level',
    },
    directory: {
      doc: 'Folder for facade.log, a link to the file of the day; 30 older days are kept. Empty: standard error only.',
      format: String,
      default: '',
      env: 'FACADE_LOG_DIRECTORY',
      arg: 'log-directory',
    },
    requests: {
      doc: 'Logs one line per request at level info: method, path without query, row, side, status, milliseconds.',
      format: Boolean,
      default: false,
      env: 'FACADE_LOG_REQUESTS',
      arg: 'log-requests',
    },
  },
} as const;
