/** Turns the environment into settings. Reads the file system only to find folders; never creates anything. */
import { existsSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import type { LegacyAddress } from '../../legacy-bridge/dialling/legacy-address.js';
import { legacyLayout } from '../../legacy-bridge/layout/legacy-layout.js';
import { readCookieAttributes } from '../../legacy-bridge/operators/cookie-lines.js';
import { readOperatorSecret } from '../../legacy-bridge/operators/operator-secret.js';
import { BACKGROUND_TASK_NAMES, type BackgroundTaskName, isBackgroundTaskName } from './background-task-name.js';
import type { EngineSettings, ListenAddress, TlsFiles } from './engine-settings.js';
import { findProjectRoot, withoutSourceFolders } from './project-root.js';
import { absolute, commaList, type Environment, VariableReader } from './read-variables.js';
import { SettingsError } from './settings-error.js';
import { findStaticRoot } from './static-root.js';

const PORT = 5000;

/**
 * @param env the process's environment
 * @param workingDirectory where the search for the project root begins
 * @throws SettingsError with every problem found
 */
export function loadSettings(env: Environment, workingDirectory: string): EngineSettings {
  const read = new VariableReader(env);
  const projectRoot = read.path('BOREALIS_PROJECT_ROOT');
  const root = withoutSourceFolders(read.path('BOREALIS_ROOT') ?? projectRoot ?? findProjectRoot(workingDirectory));
  const settings: EngineSettings = {
    root,
    debug: read.flag('BOREALIS_DEBUG', false),
    listen: listenAddress(read),
    logsRoot: join(root, 'Logs', 'Server'),
    database: {
      path: read.path('BOREALIS_DATABASE_PATH') ?? join(root, 'database.db'),
      autoMigrate: read.flag('BOREALIS_ENGINE_AUTO_MIGRATE', true),
      busyDeadlineMs: read.integer('BOREALIS_ENGINE_BUSY_DEADLINE_MS', 5000, { least: 0, most: 600_000 }),
      dryRun: {
        waitMs: read.integer('BOREALIS_ENGINE_DRY_RUN_WAIT_MS', 50, { least: 0, most: 10_000 }),
        holdMs: read.integer('BOREALIS_ENGINE_DRY_RUN_HOLD_MS', 100, { least: 1, most: 10_000 }),
      },
    },
    staticRoot: read.path('BOREALIS_STATIC_ROOT') ?? findStaticRoot(root),
    corsOrigins: corsOrigins(read),
    ...operators(read, env),
    storedSecretsKey: read.text('BOREALIS_SECRET_KEY'),
    layout: layout(read, projectRoot ?? root),
    mfaIssuer: read.text('BOREALIS_MFA_ISSUER') ?? 'Borealis',
    repository: {
      name: read.text('BOREALIS_REPO') ?? 'bunny-lab-io/Borealis',
      branch: read.text('BOREALIS_REPO_BRANCH') ?? 'main',
      hashRefreshSeconds: read.integer('BOREALIS_REPO_HASH_REFRESH', 60, { least: 30, most: 3600 }),
      cacheDirectory: read.path('BOREALIS_CACHE_DIR') ?? join(root, 'Data', 'Engine', 'cache'),
      allowProxies: read.flag('BOREALIS_GITHUB_ALLOW_PROXIES', false),
    },
    scheduler: {
      historyDays: read.integer('BOREALIS_JOB_HISTORY_DAYS', 30, { least: 1, most: 36_500 }),
      signScripts: read.flag('BOREALIS_ENGINE_SIGN_SCRIPTS', false),
      jobsToAll: read.flag('BOREALIS_ENGINE_JOBS_TO_ALL', false),
    },
    playbooks: {
      folder: join(root, 'Logs', 'Server', 'AnsibleRuns'),
      atOnce: read.integer('BOREALIS_ENGINE_PLAYBOOKS_AT_ONCE', 4, { least: 1, most: 100 }),
      mostSeconds: read.integer('BOREALIS_ENGINE_PLAYBOOK_SECONDS', 86_400, { least: 1, most: 2_000_000 }),
      trustsVariables: read.flag('BOREALIS_ENGINE_PLAYBOOK_TRUST_VARIABLES', false),
    },
    background: background(read),
    sockets: sockets(read),
    maxBodyBytes: read.integer('BOREALIS_ENGINE_MAX_BODY_BYTES', 100_000_000, { least: 1024, most: 1_000_000_000 }),
    warnings: read.warnings,
  };
  if (read.problems.length > 0) throw new SettingsError(read.problems);
  return Object.freeze(settings);
}

function listenAddress(read: VariableReader): ListenAddress {
  const path = read.path('BOREALIS_ENGINE_SOCKET');
  if (path !== undefined) return { kind: 'socket', path };
  const host = read.text('BOREALIS_HOST') ?? '127.0.0.1';
  const port = read.integer('BOREALIS_PORT', PORT, { least: 0, most: 65_535 });
  const tls = tlsFiles(read);
  // A half-set pair has its own problem; naming the address too would only hide it.
  if (tls === undefined && !isLoopbackHost(host))
    read.problems.push(
      `BOREALIS_HOST is ${host}: expected a loopback address (127.0.0.1, ::1, localhost) while BOREALIS_TLS_CERT and BOREALIS_TLS_KEY are not set, since plain HTTP would show tokens to the network`,
    );
  return { kind: 'tcp', host, port, tls };
}

function tlsFiles(read: VariableReader): TlsFiles | undefined {
  const certificate = read.path('BOREALIS_TLS_CERT');
  const key = read.path('BOREALIS_TLS_KEY');
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate !== undefined || key !== undefined)
    read.problems.push('BOREALIS_TLS_CERT and BOREALIS_TLS_KEY: expected both or neither');
  return undefined;
}

/** True for names and addresses that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function corsOrigins(read: VariableReader): readonly string[] {
  const listed = read.oneOf(['BOREALIS_CORS_ORIGINS', 'BOREALIS_CORS_ALLOWED_ORIGINS'], (value) =>
    [...commaList(value)].sort().join(','),
  );
  const origins = commaList(listed ?? '*');
  return Object.freeze(origins.length === 0 || origins.includes('*') ? ['*'] : [...origins]);
}

/** What seals sessions and operator tokens, and what their cookies carry: read as the legacy reads it. */
function operators(
  read: VariableReader,
  env: Environment,
): Pick<EngineSettings, 'secret' | 'tokenTtlSeconds' | 'cookies'> {
  const { secret, isDefault, tokenTtlSeconds, ...ofSecret } = readOperatorSecret(env);
  const { attributes, ...ofCookies } = readCookieAttributes(env);
  read.problems.push(...ofSecret.problems, ...ofCookies.problems);
  read.warnings.push(...ofSecret.warnings, ...ofCookies.warnings);
  return { secret: { value: secret, isDefault }, tokenTtlSeconds, cookies: attributes };
}

/** Pings as the legacy's; the limit is the one that the legacy means to have (sockets 1). */
function sockets(read: VariableReader): EngineSettings['sockets'] {
  const integer = (name: string, fallback: number, least: number, most: number): number =>
    read.integer(`BOREALIS_SOCKETS_${name}`, fallback, { least, most });
  return {
    maxMessageBytes: integer('MAX_MESSAGE_BYTES', 100_000_000, 1000, 300_000_000),
    maxUnsentBytes: integer('MAX_UNSENT_BYTES', 32_000_000, 1000, 1_000_000_000),
    mostEventsPerSecond: integer('EVENTS_PER_SECOND', 200, 0, 1_000_000),
    mostPerAddress: integer('CONNECTIONS_PER_ADDRESS', 10_000, 0, 1_000_000),
    pingIntervalMs: integer('PING_INTERVAL_MS', 25_000, 100, 100_000),
    pingTimeoutMs: integer('PING_TIMEOUT_MS', 20_000, 100, 7_200_000),
    presenceDelayMs: integer('PRESENCE_DELAY_MS', 100, 0, 60_000),
    relay: { legacy: relayedLegacy(read), eventsPerSecond: integer('RELAY_EVENTS_PER_SECOND', 500, 1, 100_000) },
  };
}

function relayedLegacy(read: VariableReader): LegacyAddress | undefined {
  const url = read.text('BOREALIS_SOCKETS_RELAY_URL');
  if (url === undefined) return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    read.problems.push('BOREALIS_SOCKETS_RELAY_URL: expected the URL of the legacy, http or https');
  const ca = read.path('BOREALIS_SOCKETS_RELAY_CA') ?? '';
  if (ca !== '' && !existsSync(ca)) read.problems.push(`BOREALIS_SOCKETS_RELAY_CA is ${ca}: expected a PEM file`);
  const pin = read.text('BOREALIS_SOCKETS_RELAY_PIN') ?? '';
  if (pin !== '' && !/^(?:[0-9a-f]{2}:?){32}$/i.test(pin))
    read.problems.push('BOREALIS_SOCKETS_RELAY_PIN: expected a SHA-256 fingerprint in hex');
  return { url, ca, pin, serverName: read.text('BOREALIS_SOCKETS_RELAY_SERVER_NAME') ?? '' };
}

function background(read: VariableReader): readonly BackgroundTaskName[] {
  const named = [...new Set(commaList(read.text('BOREALIS_ENGINE_BACKGROUND') ?? ''))];
  const unknown = named.filter((name) => !isBackgroundTaskName(name));
  if (unknown.length > 0)
    read.problems.push(
      `BOREALIS_ENGINE_BACKGROUND names ${unknown.join(', ')}: expected some of ${BACKGROUND_TASK_NAMES.join(', ')}`,
    );
  return Object.freeze(named.filter(isBackgroundTaskName));
}

function layout(read: VariableReader, projectRoot: string): EngineSettings['layout'] {
  const folder = (names: readonly [string, string]): string | undefined => {
    const value = read.oneOf(names, absolute);
    return value === undefined ? undefined : absolute(value);
  };
  return legacyLayout(projectRoot, {
    serverRoot: folder(['BOREALIS_SERVER_ROOT', 'BOREALIS_ENGINE_ROOT']),
    secretKeyFile: read.path('BOREALIS_SECRET_KEY_FILE'),
    certificatesRoot: folder(['BOREALIS_CERT_ROOT', 'BOREALIS_CERTIFICATES_ROOT']),
    serverCertificates: read.path('BOREALIS_SERVER_CERT_ROOT'),
    agentCertificates: read.path('BOREALIS_AGENT_CERT_ROOT'),
    tlsBundleFile: read.path('BOREALIS_TLS_BUNDLE'),
  });
}
