/**
 * Admits devices to their routes (agents-http 6). Checks in the legacy's order, so that a caller learns the same from either
 * side. What this side merely cannot know is 503, never 401, which would make the agent wipe its tokens.
 */
import type { KeyObject } from 'node:crypto';
import { AccessTokenError, namesOtherKey, verifyAccessToken } from '../../legacy-bridge/tokens/access-token.js';
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

interface DeviceClaims {
  readonly guid: string;
  readonly fingerprint: string;
  readonly tokenVersion: number;
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
    const claims = deviceClaims(await this.#verified(token, context.clock.now()));
    takeCall(claims, context);
    const row = await findRow(claims, context);
    const stored = trimmed(row.fingerprint ?? '').toLowerCase();
    if (stored !== '' && stored !== claims.fingerprint) throw new EngineError('fingerprint_mismatch');
    if (storedTokenVersion(row.tokenVersion, 0) > claims.tokenVersion) throw new EngineError('token_version_revoked');
    const admission = admissionOf(row.status);
    if (admission === 'shut-out') throw new EngineError('device_revoked');
    if (proof !== undefined) await this.#proofs.accept(proof, context, token);
    return { guid: claims.guid, fingerprint: claims.fingerprint, quarantined: admission === 'quarantined' };
  }

  async #verified(token: string, now: number): Promise<Readonly<Record<string, unknown>>> {
    const { publicKey, kid } = await this.#keys.current();
    try {
      return await verifyAccessToken(token, publicKey, now);
    } catch (error) {
      if (!(error instanceof AccessTokenError)) throw error;
      if (error.code === 'token_expired') throw new EngineError('token_expired');
      if (error.code === 'token_ahead')
        throw new EngineError('clock_behind', { cause: 'a good token is ahead of now' });
      // The other side may have a new key since the last look; only one that is surely shared proves a token wrong.
      await this.#keys.currentByNow();
      if (namesOtherKey(token, kid))
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

function deviceClaims({ guid, ssl_key_fingerprint, token_version }: Readonly<Record<string, unknown>>): DeviceClaims {
  const claims = {
    guid: typeof guid === 'string' ? trimmed(guid) : '',
    fingerprint: typeof ssl_key_fingerprint === 'string' ? trimmed(ssl_key_fingerprint).toLowerCase() : '',
    tokenVersion: typeof token_version === 'number' ? Math.trunc(token_version) : 0,
  };
  if (claims.guid === '' || claims.fingerprint === '' || claims.tokenVersion <= 0)
    throw new EngineError('invalid_claims');
  return claims;
}

function takeCall({ fingerprint }: DeviceClaims, { deviceCalls }: RequestContext): void {
  const waitMs = deviceCalls.take(fingerprint);
  if (waitMs > 0) throw new EngineError('rate_limited', { retryAfterSeconds: Math.max(1, Math.floor(waitMs / 1000)) });
}

async function findRow(claims: DeviceClaims, { unitOfWork, clock, log }: RequestContext): Promise<DeviceCredentialRow> {
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
  claims: DeviceClaims,
  { devices }: Repositories,
  now: number,
): Promise<DeviceCredentialRow | undefined> {
  const { guid, fingerprint, tokenVersion } = claims;
  const sameGuid = await devices.findCredentialsInAnyCase(guid);
  const exact = sameGuid.find((row) => row.guid === guid);
  if (exact !== undefined) return exact;
  const [other, another] = sameGuid;
  if (other !== undefined && another === undefined) {
    const stored = trimmed(other.fingerprint ?? '').toLowerCase();
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
