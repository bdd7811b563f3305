/**
 * Access tokens that either side accepts from the other: compact JWT, EdDSA, 900 s (agents-http 2). Signs and verifies;
 * knows nothing of devices.
 */
import { type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';

/** A third of a refresh is its signature, so that is made in the pool of threads, beside what this thread serves. */
const signInPool = promisify(sign);

/** Lifetime in seconds. */
export const ACCESS_TOKEN_SECONDS = 900;

/** PyJWT writes and expects this name; to jose `Ed25519` is another one. */
const ALGORITHM = 'EdDSA';

/** What a token says of its device. */
export interface AccessClaims {
  readonly guid: string;
  /** SHA-256 of the agent key's SPKI DER; empty when the device has none. */
  readonly fingerprint: string;
  readonly tokenVersion: number;
}

export interface AccessTokenSigner {
  /** First 16 hex digits of SHA-256 over the public key's SPKI DER. */
  readonly kid: string;
  /** @param now epoch seconds */
  sign(claims: AccessClaims, now: number): Promise<string>;
}

/**
 * Signs by Node itself: jose's way through WebCrypto takes three times the CPU of the signature, for a token whose form never
 * varies. What others sent is verified by jose.
 */
export function accessTokenSigner(privateKey: KeyObject, kid: string): AccessTokenSigner {
  // In the order of PyJWT, which sorts: with equal claims both sides' tokens are equal to the byte.
  const header = base64urlJson({ alg: ALGORITHM, kid, typ: 'JWT' });
  return {
    kid,
    sign: async ({ guid, fingerprint, tokenVersion }, now) => {
      const claims = base64urlJson({
        sub: `device:${guid}`,
        guid,
        ssl_key_fingerprint: fingerprint,
        token_version: tokenVersion,
        iat: now,
        nbf: now,
        exp: now + ACCESS_TOKEN_SECONDS,
      });
      const signed = `${header}.${claims}`;
      return `${signed}.${(await signInPool(null, Buffer.from(signed, 'ascii'), privateKey)).toString('base64url')}`;
    },
  };
}

function base64urlJson(value: Readonly<Record<string, string | number>>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Why a token is not accepted. The first two only when its signature holds. */
export type AccessTokenErrorCode =
  | 'token_expired'
  /** Issued after now: one of the sides' clocks has been set back. */
  | 'token_ahead'
  | 'invalid_token';

export class AccessTokenError extends Error {
  readonly code: AccessTokenErrorCode;

  constructor(code: AccessTokenErrorCode, cause?: unknown) {
    super(code, { cause });
    this.name = 'AccessTokenError';
    this.code = code;
  }
}

/**
 * Verifies as the legacy does: EdDSA only, `exp`, `iat`, `sub` required, no leeway, `aud` refused, `iat` and `nbf` not ahead
 * of the clock; `kid` is not compared.
 * @param now epoch milliseconds
 * @returns the claims as they stand; their meaning is for the caller to check
 * @throws AccessTokenError
 */
export async function verifyAccessToken(
  token: string,
  publicKey: KeyObject,
  now: number,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: [ALGORITHM],
      requiredClaims: ['exp', 'iat', 'sub'],
      currentDate: new Date(now),
      clockTolerance: 0,
    });
    if (typeof payload.iat !== 'number' || payload.aud !== undefined) throw new AccessTokenError('invalid_token');
    if (payload.iat > now / 1000) throw new AccessTokenError('token_ahead');
    return payload;
  } catch (error) {
    throw error instanceof AccessTokenError ? error : new AccessTokenError(codeOf(error), error);
  }
}

function codeOf(error: unknown): AccessTokenErrorCode {
  if (error instanceof errors.JWTExpired) return 'token_expired';
  const ahead = error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf';
  return ahead && error.reason === 'check_failed' ? 'token_ahead' : 'invalid_token';
}

/** Whether a token names another key than this one as its signer. Nothing of it is verified. */
export function namesOtherKey(token: string, kid: string): boolean {
  try {
    const header = decodeProtectedHeader(token);
    return header.alg === ALGORITHM && typeof header.kid === 'string' && header.kid !== kid;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return false;
    throw error;
  }
}

/**
 * Whether a token says that it is still valid and signed by another key than this one. Nothing of it is verified: it is a hint
 * that two signers are at work, good for refusing to add a third token, and for nothing else.
 * @param now epoch milliseconds
 */
export function signedElsewhere(token: string, kid: string, now: number): boolean {
  return namesOtherKey(token, kid) && Number(unverifiedClaims(token)?.exp ?? 0) * 1000 > now;
}

/** What a token says, whoever wrote it. A hint, never a proof. @returns undefined for what is no token */
export function unverifiedClaims(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return decodeJwt(token);
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}
