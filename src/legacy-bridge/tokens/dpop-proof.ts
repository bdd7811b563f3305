/** DPoP proofs (RFC 9449) with the legacy's rules (agents-http 5). Verifies; replays are the caller's to remember. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose';

const ALGORITHMS: ReadonlySet<string> = new Set(['EdDSA', 'ES256', 'ES384', 'ES512']);
/** Oldest proof, in seconds. */
const OLDEST_SECONDS = 300;
/** The public members of the key types that the algorithms use. Secret ones are tolerated and ignored. */
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y'] as const;

/** A proof that does not hold. `reason` is for the log. */
export class DpopError extends Error {
  readonly code = 'dpop_invalid';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'DpopError';
  }
}

export interface DpopSurroundings {
  readonly method: string;
  /** Full URL as the client sees it, query included. */
  readonly url: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** When given, an `ath` that is not empty (`0`, `false`, `[]` and `{}` are) must be its hash. */
  readonly accessToken?: string | undefined;
}

/**
 * @returns the proof's id, and the RFC 7638 SHA-256 thumbprint of its key
 * @throws DpopError
 */
export async function verifyDpopProof(
  proof: string,
  surroundings: DpopSurroundings,
): Promise<{ readonly jti: string; readonly thumbprint: string }> {
  try {
    const { jwk, alg } = embeddedKey(proof);
    const key = await importJWK(jwk, alg);
    const { payload } = await compactVerify(proof, key, { algorithms: [alg] });
    const jti = checkClaims(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)), surroundings);
    return { jti, thumbprint: await calculateJwkThumbprint(jwk, 'sha256') };
  } catch (error) {
    // All input is the client's: whatever fails in it, the proof is at fault.
    throw error instanceof DpopError ? error : new DpopError('proof can not be verified', error);
  }
}

function embeddedKey(proof: string): { readonly jwk: JWK; readonly alg: string } {
  const { alg, jwk } = decodeProtectedHeader(proof);
  if (alg === undefined || !ALGORITHMS.has(alg)) throw new DpopError('alg is none of the accepted ones');
  if (!isRecord(jwk)) throw new DpopError('header has no jwk');
  if (jwk.alg !== undefined && jwk.alg !== alg) throw new DpopError('jwk.alg contradicts alg');
  const members = PUBLIC_MEMBERS.filter((name) => jwk[name] !== undefined).map((name) => [name, jwk[name]]);
  return { jwk: Object.fromEntries(members), alg };
}

function checkClaims(claims: unknown, { method, url, now, accessToken }: DpopSurroundings): string {
  if (!isRecord(claims)) throw new DpopError('claims are no object');
  const { htm, htu, jti, iat, exp, nbf, ath } = claims;
  if (typeof htm !== 'string' || htm.toUpperCase() !== method.toUpperCase())
    throw new DpopError('htm is another method');
  if (htu !== url) throw new DpopError('htu is another address');
  if (typeof jti !== 'string') throw new DpopError('jti is no text');
  const seconds = now / 1000;
  if (typeof iat !== 'number' || iat > seconds || seconds - iat > OLDEST_SECONDS)
    throw new DpopError('iat is out of range');
  if (exp !== undefined && !(typeof exp === 'number' && exp > seconds)) throw new DpopError('exp has passed');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= seconds)) throw new DpopError('nbf is ahead');
  if (claims.aud !== undefined && claims.aud !== null) throw new DpopError('aud is not expected');
  if (accessToken !== undefined && !isEmpty(ath)) checkTokenHash(ath, accessToken);
  return jti;
}

function checkTokenHash(ath: unknown, accessToken: string): void {
  const expected = createHash('sha256').update(accessToken).digest('base64url');
  const given = Buffer.from(typeof ath === 'string' ? ath : '');
  if (given.length !== expected.length || !timingSafeEqual(given, Buffer.from(expected)))
    throw new DpopError('ath is of another token');
}

/** What counts as no claim at all: JSON that is false to the legacy. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
