/** What the sides read out of a device's token and row (agents-http 2 and 6). Judges nothing. */
import { integerOf } from '../values/python-int.js';
import { trimmed } from '../values/python-text.js';
import { PythonFloat } from '../values/python-value.js';
import type { AccessClaims } from './access-token.js';

/**
 * @param payload the claims of an access token, verified or not
 * @returns guid and fingerprint as they are compared; undefined unless there are both and a version above zero
 */
export function readDeviceClaims(payload: Readonly<Record<string, unknown>>): AccessClaims | undefined {
  const { guid, ssl_key_fingerprint, token_version } = payload;
  const claims = {
    guid: typeof guid === 'string' ? trimmed(guid) : '',
    fingerprint: typeof ssl_key_fingerprint === 'string' ? comparedFingerprint(ssl_key_fingerprint) : '',
    tokenVersion: typeof token_version === 'number' ? Math.trunc(token_version) : 0,
  };
  return claims.guid !== '' && claims.fingerprint !== '' && claims.tokenVersion > 0 ? claims : undefined;
}

/** A fingerprint in the form in which it is compared; empty for a row that has none. */
export function comparedFingerprint(stored: string | null): string {
  return trimmed(stored ?? '').toLowerCase();
}

/**
 * `devices.token_version`, a column without a fixed type in practice. Negative numbers stay; fractions are cut.
 * @param whenNone what NULL and 0 mean
 * @returns undefined for what is no whole number
 */
export function readTokenVersion(stored: number | bigint | string | null, whenNone: number): number | undefined {
  if (stored === null || stored === 0 || stored === 0n || stored === '') return whenNone;
  const version = Number(integerOf(typeof stored === 'number' ? new PythonFloat(stored) : stored));
  return Number.isSafeInteger(version) ? version : undefined;
}
