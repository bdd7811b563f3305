/**
 * Who sent a compared request, by name: what is kept in place of his token, so that a replay can carry a fresh one of the
 * same caller. Holds no secret.
 */
import { decodeJwt } from 'jose';
import { identifyOperator, type OperatorTerms } from '../../../legacy-bridge/operators/identify-operator.js';
import type { ComparedRequest } from '../comparison.js';

export type CallerIdentity =
  | { readonly kind: 'device'; readonly guid: string; readonly fingerprint: string; readonly tokenVersion: number }
  | { readonly kind: 'operator'; readonly username: string; readonly role: string };

/** @returns undefined for callers that can't be named */
export type CallerIdentifier = (
  request: Pick<ComparedRequest, 'at' | 'headers' | 'caller'>,
) => CallerIdentity | undefined;

export function callerIdentifier(terms: OperatorTerms): CallerIdentifier {
  return ({ at, headers, caller }) => {
    const header = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
    switch (caller) {
      case 'device':
        return device(header('authorization') ?? '');
      case 'operator':
      case 'admin': {
        const credentials = { authorization: header('authorization'), cookie: header('cookie') };
        const signed = identifyOperator(credentials, terms, Math.floor(at / 1000));
        return signed && { kind: 'operator', username: signed.username, role: signed.role };
      }
      case 'anonymous':
      case 'unrecognised':
        return undefined;
    }
  };
}

/** The claims are not verified here: a replay goes to the engine alone, as a dry run, and its answer to no client. */
function device(authorization: string): CallerIdentity | undefined {
  try {
    const claims = decodeJwt(authorization.replace(/^bearer +/i, ''));
    const { guid, ssl_key_fingerprint: fingerprint, token_version: tokenVersion } = claims;
    if (typeof guid !== 'string' || typeof fingerprint !== 'string' || typeof tokenVersion !== 'number')
      return undefined;
    return { kind: 'device', guid, fingerprint, tokenVersion };
  } catch {
    return undefined; // No token that could be read; jose says no more than that.
  }
}
