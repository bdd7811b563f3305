/**
 * Starts the engine in a fixed order and stops it in the reverse one: keys, database, migrations, default admin,
 * services, listener. What fails on the way closes what was opened.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readTlsBundle } from '../legacy-bridge/certificates/read-tls-bundle.js';
import {
  type Ed25519Key,
  ensureEd25519Key,
  moveOlderKey,
  writePublicDer,
} from '../legacy-bridge/keys/ed25519-key-file.js';
import { keepKeyFilePrivate } from '../legacy-bridge/keys/key-file-mode.js';
import { SharedKey } from '../legacy-bridge/keys/shared-key.js';
import type { LegacyLayout } from '../legacy-bridge/layout/legacy-layout.js';
import { LEGACY_ROUTES } from '../legacy-bridge/legacy-routes.js';
import { SecretBox } from '../legacy-bridge/secrets/secret-box.js';
import { loadServerSecret } from '../legacy-bridge/secrets/server-secret.js';
import type { BackgroundWork } from './background/background-work.js';
import { wishOf } from './builders/owned-tasks.js';
import type { EngineSettings } from './config/engine-settings.js';
import { type Container, createContainer } from './container.js';
import { createRealtime } from './create-realtime.js';
import { EngineError } from './domain/engine-error.js';
import { httpRoutes } from './interfaces/http/http-routes.js';
import { type RunningServer, startHttpServer } from './interfaces/http/http-server.js';
import { createRequestHandler } from './interfaces/http/request-handler.js';
import { buildRouteTable } from './interfaces/http/route-table.js';
import { unreadableRequestHandler } from './interfaces/http/unreadable-request.js';
import type { RealtimeListener } from './interfaces/ws/realtime-listener.js';
import type { EngineLog } from './logging/engine-log.js';
import { openSharedDatabase, type SharedDatabase } from './open-shared-database.js';
import type { UnitOfWork } from './repositories/unit-of-work.js';
import { AgentRegistry } from './services/agent-registry.js';
import { ensureDefaultAdmin } from './services/default-admin-service.js';
import type { Clock, RandomSource } from './services/request-context.js';

/** Between two looks at the database's file. */
const FILE_LOOK_MS = 2000;

export interface EngineSurroundings {
  readonly log: EngineLog;
  readonly clock: Clock;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  readonly pid: number;
  /** What programs that the engine starts inherit from, its own variables left out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Another file took the place of the database: this engine must end, and one be started anew. */
  readonly onReplaced: (error: Error) => void;
}

export interface RunningEngine {
  /** Socket path or URL. */
  readonly address: string;
  /** Finishes what is in flight, up to the limit, then closes everything. May be called again. */
  close(limitMs: number): Promise<void>;
}

/** @throws KeyError, SecretError, SchemaError, EngineError, or the listener's own error; each says which file or address */
export async function startEngine(settings: EngineSettings, surroundings: EngineSurroundings): Promise<RunningEngine> {
  const { log, clock, monotonic, pid, environment } = surroundings;
  log.info('bootstrap-started');
  for (const warning of settings.warnings) log.warn(`settings-warning ${warning}`);
  const jwtKey = await loadJwtKey(settings.layout, log);
  const scriptKey = await loadScriptKey(settings.layout, log);
  const secrets = await loadSecrets(settings, log);
  await tellTlsMaterial(settings.layout, log);
  await mkdir(dirname(settings.database.path), { recursive: true });
  const database = await openSharedDatabase(settings.database, { log, monotonic, jitter: Math.random });
  let server: RunningServer;
  let container: Container;
  let realtime: RealtimeListener;
  try {
    log.info(`default-admin-ensured ${await ensureDefaultAdmin(database.unitOfWork, clock.now())}`);
    const agents = await loadAgents(database.unitOfWork, monotonic, log);
    container = createContainer({
      settings,
      log,
      clock,
      monotonic,
      random: systemRandom,
      unitOfWork: database.unitOfWork,
      dryRuns: database.dryRuns,
      sqliteVersion: database.sqliteVersion,
      isSharedFile: () => database.file.state() === 'same',
      jwtKey: new SharedKey(settings.layout.jwtKeyFile, jwtKey, monotonic),
      scriptKey,
      secrets,
      agents,
      pid,
      environment,
    });
    const { contextFor, dryRuns } = container;
    const overSocket = settings.listen.kind === 'socket';
    const routes = buildRouteTable(httpRoutes(container, overSocket), LEGACY_ROUTES);
    const handle = createRequestHandler({
      routes,
      corsOrigins: settings.corsOrigins,
      maxBodyBytes: settings.maxBodyBytes,
      overSocket,
      contextFor: (requestId) => contextFor(requestId),
      dryRuns,
      log,
      monotonic,
    });
    realtime = createRealtime({ container, random: systemRandom, monotonic, log });
    server = await startHttpServer(settings.listen, handle, unreadableRequestHandler(routes), realtime);
  } catch (error) {
    database.close();
    throw error;
  }
  await ownBySettings(settings, container.background, log);
  const { legacy } = settings.sockets.relay;
  if (legacy !== undefined) container.relay.order({ mode: 'on', legacy });
  const watch = watchFile(database, surroundings);
  log.info(`bootstrap-complete address=${server.address}`);
  // Only once it is sure that no other engine has this address.
  container.serverRuns.recover();
  const close = closeOnce({ server, realtime, container, database, log });
  return {
    address: server.address,
    close(limitMs) {
      clearInterval(watch);
      return close(limitMs);
    },
  };
}

/** All that this engine would read and write is in a file that nobody else has. */
function watchFile({ file }: SharedDatabase, { log, onReplaced }: EngineSurroundings): NodeJS.Timeout {
  let isMissed = false;
  const watch = setInterval(() => {
    const state = file.state();
    if (state === 'replaced') {
      clearInterval(watch);
      onReplaced(new Error('another file took the place of the database while it was open'));
    }
    if (state === 'missing' && !isMissed) log.error('database-file-missing: the scheduler waits until there is one');
    isMissed = state === 'missing';
  }, FILE_LOOK_MS);
  return watch;
}

/** Where no facade tells what is whose. Unless the scheduler is named, jobs stay with whom they are. */
async function ownBySettings({ background: tasks }: EngineSettings, background: BackgroundWork, log: EngineLog) {
  const scheduler = tasks.includes('scheduler') ? wishOf(tasks) : undefined;
  try {
    await background.own({ tasks, scheduler });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    log.warn(`background-not-owned code=${error.code} cause=${String(error.cause)}: tried again`);
  }
}

async function loadJwtKey(layout: LegacyLayout, log: EngineLog): Promise<Ed25519Key> {
  if (await moveOlderKey(layout.olderJwtKeyFile, layout.jwtKeyFile))
    log.info(`jwt-key-moved from=${layout.olderJwtKeyFile} to=${layout.jwtKeyFile}`);
  const key = await ensureEd25519Key(layout.jwtKeyFile);
  if (key.created)
    log.warn(
      `jwt-key-created file=${layout.jwtKeyFile}: the legacy must use this very file, or agents lose their tokens`,
    );
  await guardKeyFile(layout.jwtKeyFile, log);
  log.info(`jwt-key-ready kid=${key.kid}`);
  return key;
}

/** Without it scripts go unsigned, as in the legacy; the engine still starts. */
async function loadScriptKey(layout: LegacyLayout, log: EngineLog): Promise<Ed25519Key | undefined> {
  let key: Ed25519Key;
  try {
    key = await ensureEd25519Key(layout.scriptKeyFile);
    await guardKeyFile(layout.scriptKeyFile, log);
  } catch (error) {
    log.warn(`script-key-unavailable ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  try {
    await writePublicDer(layout.scriptPublicKeyFile, key);
  } catch (error) {
    // Only people read that file: agents get the public half from the engine.
    log.warn(`script-public-key-not-written file=${layout.scriptPublicKeyFile} cause=${String(error)}`);
  }
  return key;
}

/** What opens agents' and operators' doors is for its owner's eyes. */
async function guardKeyFile(file: string, log: EngineLog): Promise<void> {
  const { state, mode } = await keepKeyFilePrivate(file);
  if (state === 'tightened') log.warn(`key-file-tightened file=${file} mode=${mode}: others could use it`);
  if (state === 'shared') log.info(`key-file-shared file=${file} mode=${mode}: its group can read it`);
  if (state === 'open')
    log.warn(`key-file-open file=${file} mode=${mode}: it belongs to another user, who should set 0600`);
}

/** Passwords are never stored in the clear: without a usable key the engine does not start. */
async function loadSecrets({ storedSecretsKey, layout }: EngineSettings, log: EngineLog): Promise<SecretBox> {
  const { key, file, created } = await loadServerSecret({ variable: storedSecretsKey, files: layout.secretKeyFiles });
  if (created)
    log.warn(`secret-key-created file=${file}: the legacy must use this very file, or neither side opens the other's`);
  if (file !== undefined) await guardKeyFile(file, log);
  log.info(`secret-key-ready source=${file ?? 'BOREALIS_SECRET_KEY'}`);
  return new SecretBox(key);
}

/** Without a readable table the engine starts all the same: its routes then say 503, and its status why. */
async function loadAgents(unitOfWork: UnitOfWork, monotonic: () => number, log: EngineLog): Promise<AgentRegistry> {
  const agents = new AgentRegistry({ monotonic });
  try {
    agents.load(await unitOfWork.read(({ devices }) => devices.listRecords()));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    log.warn(`agents-not-loaded ${error.code} cause=${String(error.cause)}`);
  }
  return agents;
}

/** The certificates are the legacy's to make; the engine only gives them out. */
async function tellTlsMaterial({ tlsBundleFile }: LegacyLayout, log: EngineLog): Promise<void> {
  if ((await readTlsBundle(tlsBundleFile)) !== '') log.info(`tls-material-ready bundle=${tlsBundleFile}`);
  else log.warn(`tls-material-missing bundle=${tlsBundleFile}: agents that enrol would get no certificate to pin`);
}

const systemRandom: RandomSource = { bytes: (length) => randomBytes(length), uuid: () => randomUUID() };

interface RunningParts {
  readonly server: RunningServer;
  readonly realtime: RealtimeListener;
  readonly container: Container;
  readonly database: SharedDatabase;
  readonly log: EngineLog;
}

/** What agents said last is written when nobody can say more, and before the database is closed. */
function closeOnce({ server, realtime, container, database, log }: RunningParts): RunningEngine['close'] {
  let closing: Promise<void> | undefined;
  return (limitMs) => {
    closing ??= (async () => {
      log.info('engine-stopping');
      const closed = server.close(limitMs);
      const runsEnded = container.serverRuns.close(limitMs);
      container.relay.close();
      await realtime.close();
      // No request says anything of presence: it need not wait for those still in flight.
      await container.presenceWriter.close();
      await closed;
      await container.background.close();
      await runsEnded;
      // Those that requests or a tick still began meanwhile.
      await container.serverRuns.close();
      database.close();
      log.info('engine-stopped');
    })();
    return closing;
  };
}
