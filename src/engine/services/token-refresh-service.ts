/** Trades a refresh token for an access token (agents-http 4). The refresh token stays as it is, for both of an agent's processes. */
import {
  ACCESS_TOKEN_SECONDS,
  type AccessTokenSigner,
  signedElsewhere,
} from '../../legacy-bridge/tokens/access-token.js';
import { hashRefreshToken } from '../../legacy-bridge/tokens/refresh-token.js';
import { isoUtc } from '../../legacy-bridge/values/iso-time.js';
import { parseZonedIso } from '../../legacy-bridge/values/parse-zoned-iso.js';
import { isShutOut } from '../domain/device-status.js';
import { EngineError } from '../domain/engine-error.js';
import type { RefreshRequest } from '../domain/refresh-request.js';
import { storedTokenVersion } from '../domain/token-version.js';
import type { DeviceCredentialRow } from '../repositories/device-repository.js';
import type { RefreshTokenRow } from '../repositories/refresh-token-repository.js';
import type { Repositories } from '../repositories/unit-of-work.js';
import type { ProofService } from './proof-service.js';
import type { RequestContext } from './request-context.js';

export interface GrantedToken {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** Gives the key in use, or throws `keys_unavailable`. */
export type SignerSource = () => Promise<AccessTokenSigner>;

export class TokenRefreshService {
  readonly #signer: SignerSource;
  readonly #proofs: ProofService;

  constructor(signer: SignerSource, proofs: ProofService) {
    this.#signer = signer;
    this.#proofs = proofs;
  }

  /**
   * Checks in the legacy's order, so that a caller learns the same from either side: a proof is consumed last of what the
   * caller can be wrong about. Everything that may fail comes before the write.
   * @throws EngineError with the codes of the contract's table
   */
  async refresh(request: RefreshRequest, context: RequestContext): Promise<GrantedToken> {
    const now = context.clock.now();
    // Before the rows are looked at: an engine without its key must not tell an agent anything about its token.
    const signer = await this.#signer();
    const { token, device } = await context.unitOfWork.read((repositories) => find(request, repositories, now));
    refuseSecondKey(request, signer.kid, now);
    const thumbprint = request.proof && (await this.#proofs.accept(request.proof, { guid: device.guid }, context));
    const tokenVersion = storedTokenVersion(device.tokenVersion, 1);
    const accessToken = await signer.sign(
      { guid: device.guid, fingerprint: device.fingerprint ?? '', tokenVersion },
      Math.floor(now / 1000),
    );
    await context.unitOfWork.write((repositories) => record(token, thumbprint, repositories, now));
    return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS };
  }
}

async function find(
  { guid, refreshToken }: RefreshRequest,
  { refreshTokens, devices }: Repositories,
  now: number,
): Promise<{ readonly token: RefreshTokenRow; readonly device: DeviceCredentialRow }> {
  const token = await refreshTokens.findByGuidAndHash(guid, hashRefreshToken(refreshToken));
  if (token === undefined) {
    // An engine on a wrong or new file knows nobody; telling a whole fleet so would make it wipe its tokens.
    throw new EngineError((await refreshTokens.hasAny()) ? 'invalid_refresh_token' : 'database_empty');
  }
  if (token.revokedAt !== null && token.revokedAt !== '') throw new EngineError('refresh_token_revoked');
  if (hasExpired(token.expiresAt, now)) throw new EngineError('refresh_token_expired');
  const device = await devices.findCredentialByGuid(guid);
  if (device === undefined) throw new EngineError('device_not_found');
  if (isShutOut(device.status)) throw new EngineError('device_revoked');
  return { token, device };
}

async function record(
  { id }: RefreshTokenRow,
  thumbprint: string | undefined,
  { refreshTokens }: Repositories,
  now: number,
): Promise<void> {
  await refreshTokens.markUsed(id, isoUtc(now));
  // Without a proof a stored binding survives: the legacy clears it and writes it back (agents-http 4).
  if (thumbprint !== undefined) await refreshTokens.bindToThumbprint(id, thumbprint);
}

/**
 * An agent that holds a fresh token of another key has it from the legacy: that side would answer a token of this engine with
 * 401, and the agent would wipe what it has.
 */
function refuseSecondKey({ lastAccessToken }: RefreshRequest, kid: string, now: number): void {
  if (lastAccessToken === undefined || !signedElsewhere(lastAccessToken, kid, now)) return;
  throw new EngineError('keys_unavailable', {
    retryAfterSeconds: 60,
    cause: `the agent holds a valid token of another key than ${kid}: the sides do not share their key file`,
  });
}

/** An expiry that is empty, unreadable or without a zone counts as expired; the legacy lets such tokens live for ever. */
function hasExpired(expiresAt: string | null, now: number): boolean {
  const end = parseZonedIso(expiresAt ?? '');
  return end === undefined || end <= now;
}
