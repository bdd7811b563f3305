/**
 * Admits devices to their routes (agents-http 6). Checks in the legacy's order, so that a caller learns the same from either
 * side. What this side merely cannot know is 503, never 401, which would make the agent wipe its tokens.
 */
import type { KeyObject } from 'node:crypto';
import {
  type AccessClaims,
  AccessTokenError,
  namesOtherKey,
  unverifiedClaims,
  verifyAccessToken,
} from '../../legacy-bridge/tokens/access-token.js';
import { comparedFingerprint, readDeviceClaims } from '../../legacy-bridge/tokens/device-claims.js';
import { isoUtc } from '../../legacy-bridge/values/iso-time.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import type { AdmissionRequest, AdmittedDevice } from '../domain/admitted-device.js';
import { admissionOf } from '../domain/device-status.js';
import { EngineError } from '../domain/engine-error.js';
import { storedTokenVersion } from '../domain/token-version.js';
import type { DeviceCredentialRow } from '../repositories/device-repository.js';
import type { Repositories } from '../repositories/unit-of-work.js';
import type { ProofService } from './proof-service.js';
import type { RequestContext } from './request-context.js';

/** The key that access tokens are verified with. */
export interface VerificationKey {
  readonly publicKey: KeyObject;
  readonly kid: string;
}

/** Each call throws `keys_unavailable` while the key in use is not the one on disk. */
export interface KeySource {
  current(): Promise<VerificationKey>;
  /** Looks at the file in any case. */
  currentByNow(): Promise<VerificationKey>;
}

/** Ends of the placeholder names that a recovered row may take. */
const PLACEHOLDER_ENDS = ['', '-1', '-2', '-3', '-4', '-5'];

export class DeviceAuthService {
  readonly #keys: KeySource;
  readonly #proofs: ProofService;

  constructor(keys: KeySource, proofs: ProofService) {
    this.#keys = keys;
    this.#proofs = proofs;
  }

  /** @throws EngineError with the codes of the contract's table, or one of those that mean "not sure" */
  async admit({ authorization, proof }: AdmissionRequest, context: RequestContext): Promise<AdmittedDevice> {
    const token = bearerToken(authorization);
    const claims = readDeviceClaims(await this.#verified(token, context));
    if (claims === undefined) throw new EngineError('invalid_claims');
    takeCall(claims, context);
    const row = await findRow(claims, context);
    const stored = comparedFingerprint(row.fingerprint);
    if (stored !== '' && stored !== claims.fingerprint) throw new EngineError('fingerprint_mismatch');
    if (storedTokenVersion(row.tokenVersion, 0) > claims.tokenVersion) throw new EngineError('token_version_revoked');
    const admission = admissionOf(row.status);
    if (admission === 'shut-out') throw new EngineError('device_revoked');
    if (proof !== undefined) await this.#proofs.accept(proof, { guid: claims.guid, accessToken: token }, context);
    return { guid: claims.guid, fingerprint: claims.fingerprint, quarantined: admission === 'quarantined' };
  }

  async #verified(token: string, context: RequestContext): Promise<Readonly<Record<string, unknown>>> {
    const { publicKey, kid } = await this.#keys.current();
    try {
      return await verifyAccessToken(token, publicKey, context.clock.now());
    } catch (error) {
      if (!(error instanceof AccessTokenError)) throw error;
      if (error.code === 'token_expired') throw new EngineError('token_expired');
      if (error.code === 'token_ahead')
        throw new EngineError('clock_behind', { cause: 'a good token is ahead of now' });
      // The other side may have a new key since the last look; only one that is surely shared proves a token wrong.
      await this.#keys.currentByNow();
      if (namesOtherKey(token, kid) && (await claimsKnownDevice(token, context)))
        throw new EngineError('keys_unavailable', {
          retryAfterSeconds: 60,
          cause: `a token of another key than ${kid}`,
        });
      throw new EngineError('invalid_token');
    }
  }
}

/** The scheme is compared exactly; blanks around the token are cut. */
function bearerToken(authorization: string | undefined): string {
  const token = authorization?.startsWith('Bearer ') ? trimmed(authorization.slice('Bearer '.length)) : '';
  if (token === '') throw new EngineError('missing_authorization');
  return token;
}

/**
 * Whether a token that is not verified names a device that is there, with its key: then the sides' keys may have come apart.
 * Anything else is a stranger's, who must not be able to make this engine look unfit.
 */
async function claimsKnownDevice(token: string, { unitOfWork }: RequestContext): Promise<boolean> {
  const claims = readDeviceClaims(unverifiedClaims(token) ?? {});
  if (claims === undefined) return false;
  const rows = await unitOfWork.read(({ devices }) => devices.findCredentialsInAnyCase(claims.guid));
  return rows.some(({ fingerprint }) => comparedFingerprint(fingerprint) === claims.fingerprint);
}

function takeCall({ fingerprint }: AccessClaims, { deviceCalls }: RequestContext): void {
  const waitMs = deviceCalls.take(fingerprint);
  if (waitMs > 0) throw new EngineError('rate_limited', { retryAfterSeconds: Math.max(1, Math.floor(waitMs / 1000)) });
}

async function findRow(claims: AccessClaims, { unitOfWork, clock, log }: RequestContext): Promise<DeviceCredentialRow> {
  const found = await unitOfWork.read(({ devices }) => devices.findCredentialByGuid(claims.guid));
  if (found !== undefined) return found;
  // Kept even when a later check refuses the call, as in the legacy.
  const recovered = await unitOfWork.write((repositories) => recover(claims, repositories, clock.now()));
  if (recovered === undefined) throw new EngineError('device_not_recovered');
  log.info(`device-recovered guid=${claims.guid}`);
  return recovered;
}

/** Another call may have come first, the row may have another spelling by the legacy's hand, or it is gone. */
async function recover(
  claims: AccessClaims,
  { devices }: Repositories,
  now: number,
): Promise<DeviceCredentialRow | undefined> {
  const { guid, fingerprint, tokenVersion } = claims;
  const sameGuid = await devices.findCredentialsInAnyCase(guid);
  const exact = sameGuid.find((row) => row.guid === guid);
  if (exact !== undefined) return exact;
  const [other, another] = sameGuid;
  if (other !== undefined && another === undefined) {
    const stored = comparedFingerprint(other.fingerprint);
    if (stored === fingerprint) {
      await devices.respellGuid(other.guid, guid);
      return { ...other, guid };
    }
    // The device has enrolled anew with another key: a second row would let the old one in again.
    if (stored !== '') return other;
  }
  const status = (await devices.findKeptStatus(guid)) ?? 'active';
  const at = { seconds: Math.floor(now / 1000), iso: isoUtc(now) };
  for (const end of PLACEHOLDER_ENDS) {
    const hostname = `RECOVERED-${[...guid].slice(0, 12).join('').toUpperCase()}${end}`;
    if (await devices.hasHostname(hostname)) continue;
    await devices.insertRecovered({ guid, hostname, fingerprint, tokenVersion, status }, at);
    return { guid, fingerprint, tokenVersion, status };
  }
  return undefined;
}
