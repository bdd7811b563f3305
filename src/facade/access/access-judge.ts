/**
 * Who is calling, and whether a row lets him in: device tokens by signature, claims and row; operators by what both sides sign
 * and by their account. Verifies and never consumes: no proof is used up, no call counted, no row written.
 */
import type { Ed25519Key } from '../../legacy-bridge/keys/ed25519-key-file.js';
import { identifyOperator, type OperatorTerms } from '../../legacy-bridge/operators/identify-operator.js';
import {
  type AccessClaims,
  AccessTokenError,
  namesOtherKey,
  verifyAccessToken,
} from '../../legacy-bridge/tokens/access-token.js';
import { comparedFingerprint, readDeviceClaims, readTokenVersion } from '../../legacy-bridge/tokens/device-claims.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import type { Demand } from './access-answer.js';
import { AccessUnavailableError, type AccessVerdict, type CallerHeaders } from './access-verdict.js';
import type { DeviceKey } from './device-key.js';
import type { SharedAccounts } from './shared-accounts.js';

export interface AccessJudgeOptions {
  readonly key: Pick<DeviceKey, 'current' | 'currentByNow'>;
  readonly accounts: Pick<SharedAccounts, 'findAccount' | 'findDevice'>;
  readonly terms: OperatorTerms;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface AccessJudge {
  /** Settles with `unavailable` for what can't be read; rejects only for faults of the facade's own. */
  judge(demand: Demand, caller: CallerHeaders): Promise<AccessVerdict>;
}

export function createAccessJudge(options: AccessJudgeOptions): AccessJudge {
  return {
    async judge(demand, caller) {
      try {
        return await (demand === 'device' ? judgeDevice(options, caller) : judgeOperator(options, demand, caller));
      } catch (error) {
        if (error instanceof AccessUnavailableError) return { outcome: 'unavailable', why: error.message };
        throw error;
      }
    },
  };
}

/** For tables that demand nobody: an installation that does not say where keys and accounts are. */
export const BLIND_JUDGE: AccessJudge = {
  judge: async () => ({ outcome: 'unavailable', why: 'the settings do not say where keys and accounts are' }),
};

async function judgeOperator(
  { accounts, terms, now }: AccessJudgeOptions,
  demand: 'operator' | 'admin',
  { authorization, cookie }: CallerHeaders,
): Promise<AccessVerdict> {
  const signed = identifyOperator({ authorization, cookie }, terms, Math.floor(now() / 1000));
  if (signed === undefined) return denied('the request carries no session or operator token that is valid');
  const name = trimmed(signed.username);
  const account = name === '' ? undefined : await accounts.findAccount(name);
  if (account === undefined) return denied(`there is no account ${JSON.stringify(name)} (any more)`);
  const role = account.role || 'User';
  const told = `operator ${JSON.stringify(account.username)}, role ${JSON.stringify(role)}, by ${BY[signed.by]}`;
  if (demand === 'admin' && role.toLowerCase() !== 'admin') return denied(`${told}: not an administrator`);
  return { outcome: 'allowed', why: told };
}

const BY = { session: 'session cookie', bearer: 'bearer token', 'token-cookie': 'token cookie' } as const;

async function judgeDevice(options: AccessJudgeOptions, { authorization }: CallerHeaders): Promise<AccessVerdict> {
  const token = authorization?.startsWith('Bearer ') ? trimmed(authorization.slice('Bearer '.length)) : '';
  if (token === '') return denied('the request carries no bearer token');
  const claims = await verifiedClaims(options, token);
  if ('outcome' in claims) return claims;
  const { guid, fingerprint, tokenVersion } = claims;
  const told = `device ${JSON.stringify(guid)}`;
  const row = await options.accounts.findDevice(guid);
  if (row === undefined) return denied(`${told} is not known (any more)`);
  const stored = comparedFingerprint(row.fingerprint);
  if (stored !== '' && stored !== fingerprint) return denied(`${told} has another key by now`);
  // NULL and 0 revoke nothing.
  const version = readTokenVersion(row.tokenVersion, 0);
  if (version === undefined) return unavailable(`the row of ${told} holds no whole number as token_version`);
  if (version > tokenVersion) return denied(`${told}: its tokens of this version are revoked`);
  const status = trimmed(row.status ?? '').toLowerCase() || 'active';
  // In quarantine a device goes on calling, and is told so by the side.
  if (status !== 'active' && status !== 'quarantined') return denied(`${told} is ${status}`);
  return { outcome: 'allowed', why: `${told}, ${status}` };
}

async function verifiedClaims({ key, now }: AccessJudgeOptions, token: string): Promise<AccessClaims | AccessVerdict> {
  const known = await key.current();
  const first = await verified(token, known, now());
  if (first !== undefined) return first;
  // The key may have been replaced since the last look; and a token of yet another one may be good on a side.
  const newest = await key.currentByNow();
  const second = newest.kid === known.kid ? undefined : await verified(token, newest, now());
  if (second !== undefined) return second;
  if (namesOtherKey(token, newest.kid)) return unavailable(`the access token is of another key than ${newest.kid}`);
  return denied('the bearer token is no valid access token');
}

/** @returns undefined for a token that this key has not signed */
async function verified(
  token: string,
  { publicKey }: Pick<Ed25519Key, 'publicKey'>,
  now: number,
): Promise<AccessClaims | AccessVerdict | undefined> {
  try {
    return claimsOf(await verifyAccessToken(token, publicKey, now));
  } catch (error) {
    if (!(error instanceof AccessTokenError)) throw error;
    if (error.code === 'token_expired') return denied('the access token has expired');
    if (error.code === 'token_ahead') return unavailable('a good access token is ahead of the clock');
    return undefined;
  }
}

/** As both sides read them (contract/agents-http.md 6). */
function claimsOf(payload: Readonly<Record<string, unknown>>): AccessClaims | AccessVerdict {
  return readDeviceClaims(payload) ?? denied('the access token does not name a device, its key and a version');
}

function denied(why: string): AccessVerdict {
  return { outcome: 'denied', why };
}

function unavailable(why: string): AccessVerdict {
  return { outcome: 'unavailable', why };
}
