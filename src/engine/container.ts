/** The engine's services, made once at start from its settings and its open parts. */
import { createHash } from 'node:crypto';
import { readTlsBundle } from '../legacy-bridge/certificates/read-tls-bundle.js';
import type { Ed25519Key } from '../legacy-bridge/keys/ed25519-key-file.js';
import { KeyError } from '../legacy-bridge/keys/key-error.js';
import type { SharedKey } from '../legacy-bridge/keys/shared-key.js';
import { accessTokenSigner } from '../legacy-bridge/tokens/access-token.js';
import type { EngineSettings } from './config/engine-settings.js';
import { EngineError } from './domain/engine-error.js';
import type { EngineLog } from './logging/engine-log.js';
import type { UnitOfWork } from './repositories/unit-of-work.js';
import { ProbeTokenService } from './services/probe-token-service.js';
import { ProofMemory } from './services/proof-memory.js';
import { ProofService } from './services/proof-service.js';
import type { Clock, EventSink, RandomSource, RequestContext } from './services/request-context.js';
import { SiteService } from './services/site-service.js';
import { StatusService } from './services/status-service.js';
import { type SignerSource, TokenRefreshService } from './services/token-refresh-service.js';

export interface ContainerParts {
  readonly settings: EngineSettings;
  readonly log: EngineLog;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly events: EventSink;
  readonly unitOfWork: UnitOfWork;
  readonly sqliteVersion: string;
  readonly jwtKey: SharedKey;
  /** Undefined when it could not be loaded: scripts are then not signed. */
  readonly scriptKey: Ed25519Key | undefined;
  readonly pid: number;
}

export interface Container {
  readonly settings: EngineSettings;
  readonly tokenRefresh: TokenRefreshService;
  readonly sites: SiteService;
  readonly status: StatusService;
  readonly probeTokens: ProbeTokenService;
  /** One DPoP memory for every route: a proof used on one is used on all. */
  readonly proofs: ProofService;
  /** The context of a live request. */
  contextFor(requestId: string | undefined): RequestContext;
}

export function createContainer(parts: ContainerParts): Container {
  const { settings, log, clock, random, events, unitOfWork, jwtKey, scriptKey } = parts;
  const proofMemory = new ProofMemory();
  const proofs = new ProofService();
  const currentKey = () => keyOrUnavailable(jwtKey);
  const signer: SignerSource = async () => {
    const { privateKey, kid } = await currentKey();
    return accessTokenSigner(privateKey, kid);
  };
  return {
    settings,
    proofs,
    sites: new SiteService(),
    tokenRefresh: new TokenRefreshService(signer, proofs),
    probeTokens: new ProbeTokenService(signer),
    status: new StatusService({
      pid: parts.pid,
      sqliteVersion: parts.sqliteVersion,
      databaseFile: settings.database.path,
      jwtKeyFile: settings.layout.jwtKeyFile,
      checkJwtKey: async () => (await currentKey()).kid,
      scriptKeySha256: async () => scriptKey?.fingerprint ?? '',
      tlsBundleSha256: async () => digestOf(await readTlsBundle(settings.layout.tlsBundleFile)),
    }),
    contextFor: (requestId = random.uuid()) => ({
      requestId,
      unitOfWork,
      clock,
      random,
      events,
      proofs: proofMemory,
      log,
    }),
  };
}

/** Whatever is wrong with the key, callers hear 503: their tokens may be perfectly good. */
async function keyOrUnavailable(key: SharedKey): Promise<Ed25519Key> {
  try {
    return await key.current();
  } catch (error) {
    if (error instanceof KeyError) throw new EngineError('keys_unavailable', { retryAfterSeconds: 5, cause: error });
    throw error;
  }
}

function digestOf(text: string): string {
  return text === '' ? '' : createHash('sha256').update(text).digest('hex');
}
