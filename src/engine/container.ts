/** The engine's services, made once at start from its settings and its open parts. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readTlsBundle } from '../legacy-bridge/certificates/read-tls-bundle.js';
import type { Ed25519Key } from '../legacy-bridge/keys/ed25519-key-file.js';
import { KeyError } from '../legacy-bridge/keys/key-error.js';
import type { SharedKey } from '../legacy-bridge/keys/shared-key.js';
import type { SecretBox } from '../legacy-bridge/secrets/secret-box.js';
import { type AccessTokenSigner, accessTokenSigner } from '../legacy-bridge/tokens/access-token.js';
import { approvalsPruneTask } from './background/approvals-prune-task.js';
import { BackgroundTasks } from './background/background-tasks.js';
import { BackgroundWork } from './background/background-work.js';
import { SchedulerLoop } from './background/scheduler-loop.js';
import { buildDigest } from './config/build-digest.js';
import type { EngineSettings } from './config/engine-settings.js';
import { EngineError } from './domain/engine-error.js';
import type { EngineLog } from './logging/engine-log.js';
import type { DryRunDatabase } from './repositories/dry-run-unit-of-work.js';
import type { UnitOfWork } from './repositories/unit-of-work.js';
import { ActivityService } from './services/activity-service.js';
import { AgentConfigurations } from './services/agent-configurations.js';
import { AgentHashService } from './services/agent-hash-service.js';
import type { AgentRegistry } from './services/agent-registry.js';
import { AgentRegistryService } from './services/agent-registry-service.js';
import { ApprovalsPruneService } from './services/approvals-prune-service.js';
import { AssemblyFiles } from './services/assemblies/assembly-files.js';
import { DetailsService } from './services/details-service.js';
import { DeviceAuthService } from './services/device-auth-service.js';
import { DryRuns } from './services/dry-run/dry-runs.js';
import type { LiveMemories } from './services/dry-run/live-memories.js';
import { EnrollmentAdminService } from './services/enrollment-admin-service.js';
import { EnrollmentService } from './services/enrollment-service.js';
import { type EventClient, EventHub } from './services/event-hub.js';
import { eventsAfterCommit } from './services/events-after-commit.js';
import { HeartbeatService } from './services/heartbeat-service.js';
import { JobResultService } from './services/job-result-service.js';
import { LatestScreenshots } from './services/latest-screenshots.js';
import { OperatorService } from './services/operator-service.js';
import { PlaybookQuickRunService } from './services/playbooks/playbook-quick-run-service.js';
import { RecapService } from './services/playbooks/recap-service.js';
import { ServerRuns } from './services/playbooks/server-runs.js';
import { PresenceService } from './services/presence-service.js';
import { PresenceWriter } from './services/presence-writer.js';
import { ProbeTokenService } from './services/probe-token-service.js';
import { ProofMemory, REPLAY_WINDOW_MS } from './services/proof-memory.js';
import { ProofService } from './services/proof-service.js';
import { RelayService } from './services/relay/relay-service.js';
import type {
  Clock,
  ConfigurationMemory,
  EventSink,
  RandomSource,
  RequestContext,
} from './services/request-context.js';
import { JobAudience } from './services/scheduling/job-audience.js';
import { JobOrderMaker } from './services/scheduling/job-orders.js';
import { JobOverview } from './services/scheduling/job-overview.js';
import { QuickRunService } from './services/scheduling/quick-run-service.js';
import { ScheduledJobService } from './services/scheduling/scheduled-job-service.js';
import { ScheduledRunService } from './services/scheduling/scheduled-run-service.js';
import { SchedulerHandover } from './services/scheduling/scheduler-handover.js';
import { SchedulerTick } from './services/scheduling/scheduler-tick.js';
import { ShadowTicks } from './services/scheduling/shadow-ticks.js';
import { systemZone } from './services/scheduling/system-zone.js';
import { ServiceAccountService } from './services/service-account-service.js';
import { SessionService } from './services/session-service.js';
import { signInMemories } from './services/sign-in-memories.js';
import { SignInService } from './services/sign-in-service.js';
import { SiteService } from './services/site-service.js';
import { SlidingWindow } from './services/sliding-window.js';
import { StatusService } from './services/status-service.js';
import { type SignerSource, TokenRefreshService } from './services/token-refresh-service.js';

export interface ContainerParts {
  readonly settings: EngineSettings;
  readonly log: EngineLog;
  readonly clock: Clock;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  readonly random: RandomSource;
  readonly unitOfWork: UnitOfWork;
  readonly dryRuns: DryRunDatabase;
  readonly sqliteVersion: string;
  /** Whether the path still leads to the file that was opened. */
  readonly isSharedFile: () => boolean;
  readonly jwtKey: SharedKey;
  /** Undefined when it could not be loaded: scripts are then not signed. */
  readonly scriptKey: Ed25519Key | undefined;
  readonly secrets: SecretBox;
  readonly agents: AgentRegistry;
  readonly pid: number;
  /** Of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Container {
  readonly settings: EngineSettings;
  readonly enrollment: EnrollmentService;
  readonly tokenRefresh: TokenRefreshService;
  readonly deviceAuth: DeviceAuthService;
  readonly heartbeats: HeartbeatService;
  readonly details: DetailsService;
  readonly serviceAccounts: ServiceAccountService;
  readonly agentHashes: AgentHashService;
  readonly agentRegistry: AgentRegistryService;
  /** Base64 of the script key's SPKI DER, as agents get it; empty when there is none. */
  readonly signingKey: string;
  readonly enrollmentAdmin: EnrollmentAdminService;
  readonly operators: OperatorService;
  readonly sessions: SessionService;
  readonly signIns: SignInService;
  readonly sites: SiteService;
  readonly activities: ActivityService;
  readonly quickRuns: QuickRunService;
  readonly playbookQuickRuns: PlaybookQuickRunService;
  readonly recaps: RecapService;
  /** To be closed before the database is. */
  readonly serverRuns: ServerRuns;
  readonly scheduledJobs: ScheduledJobService;
  readonly scheduledRuns: ScheduledRunService;
  readonly presence: PresenceService;
  readonly jobResults: JobResultService;
  /** Clients of events, whichever way they came. */
  readonly hub: EventHub;
  readonly configurations: ConfigurationMemory;
  /** To the legacy, for clients of the engine's own server; idle until it is told to run. */
  readonly relay: RelayService;
  /** To be closed before the database is. */
  readonly presenceWriter: PresenceWriter;
  readonly status: StatusService;
  readonly probeTokens: ProbeTokenService;
  /** One DPoP memory for every route: a proof used on one is used on all. */
  readonly proofs: ProofService;
  /** Timed work; idle until it is told what it owns. */
  readonly background: BackgroundWork;
  /** What the facade asks of jobs. */
  readonly jobOverview: JobOverview;
  readonly shadowTicks: ShadowTicks;
  /** Requests of which nothing is kept. */
  readonly dryRuns: DryRuns;
  /** The context of a live request. @param sender the client whose event it is */
  contextFor(requestId: string | undefined, sender?: EventClient): RequestContext;
  /** The context of an event that the legacy handles: remembered, and nothing else. */
  learningContext(): RequestContext;
}

/** Of one key; an agent needs three or four (agents-http 1.7). */
const DEVICE_CALLS_PER_MINUTE = 60;
/** Requests to enrol, of one client address and of one key (agents-http 1.7). */
const ENROLLMENTS_PER_MINUTE = { byAddress: 40, byKey: 12 } as const;
/** Of one device, while each is remembered; calls on device routes alone make 300 at most. There is room for a hundred such. */
const MOST_DEVICE_PROOFS = 2000;
/** Finished enrolments within five minutes; a proof is remembered for so long. */
const MOST_ENROLLMENT_PROOFS = 20_000;
/** Bytes that are kept of each output of a playbook: screens show it whole. */
const MOST_PLAYBOOK_OUTPUT = 4_000_000;

export function createContainer(parts: ContainerParts): Container {
  const { settings, log, clock, random, unitOfWork, jwtKey, scriptKey } = parts;
  const proofs = new ProofService();
  const memories = createMemories(parts.monotonic, parts.agents);
  const signingKey = scriptKey?.publicDer.toString('base64') ?? '';
  const signs = settings.scheduler.signScripts && scriptKey !== undefined;
  const scriptSigner = signs ? { privateKey: scriptKey.privateKey, signingKey } : undefined;
  const currentKey = () => keyOrUnavailable(() => jwtKey.current());
  const keys = { current: currentKey, currentByNow: () => keyOrUnavailable(() => jwtKey.currentByNow()) };
  let ofKey: { readonly key: Ed25519Key; readonly signer: AccessTokenSigner } | undefined;
  const signer: SignerSource = async () => {
    const key = await currentKey();
    if (ofKey?.key !== key) ofKey = { key, signer: accessTokenSigner(key.privateKey, key.kid) };
    return ofKey.signer;
  };
  const hub = new EventHub();
  const { configurations } = memories;
  const presenceWriter = new PresenceWriter({ delayMs: settings.sockets.presenceDelayMs, unitOfWork, clock, log });
  const contextFor = (requestId: string, sender?: EventClient): RequestContext => ({
    ...{ requestId, clock, random, log, serverRuns, presence: presenceWriter },
    ...eventsAfterCommit(unitOfWork, sinkOf(hub, sender)),
    ...memories,
  });
  const { secrets, environment } = parts;
  const serverRuns = new ServerRuns({
    ...{ ...settings.playbooks, secrets, environment, mostOutput: MOST_PLAYBOOK_OUTPUT },
    contextFor: () => contextFor(random.uuid()),
  });
  const files = new AssemblyFiles(join(settings.layout.projectRoot, 'Assemblies'));
  const orders = new JobOrderMaker(files, scriptSigner);
  const { historyDays, jobsToAll } = settings.scheduler;
  const audience = new JobAudience({ toAll: jobsToAll, isInRoom: (room) => hub.isInRoom(room) });
  const handover = new SchedulerHandover(
    new SchedulerTick({ orders, audience, zone: systemZone, historyDays, listeningSince: clock.now() }),
    parts.isSharedFile,
  );
  const backgroundContext = () => contextFor(random.uuid());
  return {
    settings,
    proofs,
    deviceAuth: new DeviceAuthService(keys, proofs),
    heartbeats: new HeartbeatService(),
    details: new DetailsService(),
    serviceAccounts: new ServiceAccountService(parts.secrets),
    agentHashes: new AgentHashService(),
    agentRegistry: new AgentRegistryService(),
    signingKey,
    enrollmentAdmin: new EnrollmentAdminService(),
    operators: new OperatorService({ secret: settings.secret.value, tokenTtlSeconds: settings.tokenTtlSeconds }),
    sessions: new SessionService(settings.secret.value, settings.cookies),
    signIns: new SignInService(),
    sites: new SiteService(),
    activities: new ActivityService(),
    quickRuns: new QuickRunService(files, scriptSigner, audience),
    playbookQuickRuns: new PlaybookQuickRunService({ files, secrets, audience }),
    recaps: new RecapService(),
    serverRuns,
    scheduledJobs: new ScheduledJobService(systemZone),
    scheduledRuns: new ScheduledRunService(),
    enrollment: new EnrollmentService(signer, async () => ({
      serverCertificate: await readTlsBundle(settings.layout.tlsBundleFile),
      signingKey,
    })),
    tokenRefresh: new TokenRefreshService(signer, proofs),
    probeTokens: new ProbeTokenService(signer),
    status: new StatusService({
      pid: parts.pid,
      build: buildDigest,
      sqliteVersion: parts.sqliteVersion,
      databaseFile: settings.database.path,
      jwtKeyFile: settings.layout.jwtKeyFile,
      checkJwtKey: async () => (await currentKey()).kid,
      scriptKeySha256: async () => scriptKey?.fingerprint ?? '',
      tlsBundleSha256: async () => digestOf(await readTlsBundle(settings.layout.tlsBundleFile)),
    }),
    background: new BackgroundWork(
      new BackgroundTasks({
        tasks: [approvalsPruneTask(new ApprovalsPruneService())],
        contextFor: backgroundContext,
        log,
      }),
      new SchedulerLoop({ handover, contextFor: backgroundContext, clock, log }),
    ),
    jobOverview: new JobOverview(systemZone),
    shadowTicks: new ShadowTicks({
      ...{ orders, zone: systemZone, historyDays },
      wentBackSince: (jobId, moment) => handover.wentBackSince(jobId, moment),
    }),
    dryRuns: new DryRuns({ database: parts.dryRuns, memories, clock, random, log }),
    presence: new PresenceService(),
    jobResults: new JobResultService(),
    hub,
    configurations,
    relay: new RelayService({
      ...{ hub, configurations, monotonic: parts.monotonic, log },
      perSecond: settings.sockets.relay.eventsPerSecond,
    }),
    presenceWriter,
    contextFor: (requestId = random.uuid(), sender = undefined) => contextFor(requestId, sender),
    learningContext: () => ({
      ...contextFor(random.uuid()),
      events: { emit: () => undefined, emitToSender: () => undefined },
      presence: { note: async () => undefined },
      serverRuns: { start: () => undefined },
    }),
  };
}

function sinkOf(hub: EventHub, sender: EventClient | undefined): EventSink {
  return {
    emit: (event, payload, room) => hub.emit(event, payload, room),
    emitToSender: (event, payload) => {
      if (sender === undefined) throw new TypeError(`${event} is for a sender, and nobody sent an event`);
      sender.send(event, payload);
    },
  };
}

/** What live requests are remembered by; each is bounded. */
function createMemories(monotonic: () => number, agents: AgentRegistry): LiveMemories {
  const perMinute = (most: number) => new SlidingWindow({ most, monotonic });
  return {
    proofs: new ProofMemory(),
    deviceProofs: new SlidingWindow({ most: MOST_DEVICE_PROOFS, windowMs: REPLAY_WINDOW_MS, monotonic }),
    deviceCalls: perMinute(DEVICE_CALLS_PER_MINUTE),
    enrollmentCalls: {
      byAddress: perMinute(ENROLLMENTS_PER_MINUTE.byAddress),
      byKey: perMinute(ENROLLMENTS_PER_MINUTE.byKey),
    },
    enrollmentProofs: new ProofMemory(MOST_ENROLLMENT_PROOFS),
    ...signInMemories(monotonic),
    agents,
    configurations: new AgentConfigurations(monotonic),
    screenshots: new LatestScreenshots(monotonic),
  };
}

/** Whatever is wrong with the key, callers hear 503: their tokens may be perfectly good. */
async function keyOrUnavailable(look: () => Promise<Ed25519Key>): Promise<Ed25519Key> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof KeyError) throw new EngineError('keys_unavailable', { retryAfterSeconds: 5, cause: error });
    throw error;
  }
}

function digestOf(text: string): string {
  return text === '' ? '' : createHash('sha256').update(text).digest('hex');
}
