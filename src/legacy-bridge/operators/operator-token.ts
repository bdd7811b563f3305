/** Operator tokens: name and role, signed, for the cookie `borealis_auth` and for `Authorization: Bearer` (operators 2). */
import { createHash } from 'node:crypto';
import { parseJson } from '../values/parse-json.js';
import { isPythonObject, type PythonValue } from '../values/python-value.js';
import { openValue, sealValue } from './signed-value.js';

export const TOKEN_COOKIE = 'borealis_auth';

export interface TokenFacts {
  readonly username: string;
  readonly role: string;
}

/** What the token says of its owner, unchecked: any JSON. */
export interface OpenedToken {
  readonly username: PythonValue | undefined;
  readonly role: PythonValue | undefined;
}

/**
 * @param ttlSeconds undefined: no token is accepted
 * @returns undefined for what is no token of this secret, or has expired
 */
export function openOperatorToken(
  value: string,
  secret: string,
  ttlSeconds: number | undefined,
  nowSeconds: number,
): OpenedToken | undefined {
  if (ttlSeconds === undefined) return undefined;
  const payload = openValue(value, { key: tokenKey(secret), maxAgeSeconds: ttlSeconds, nowSeconds });
  const facts = payload && parseJson(payload);
  return isPythonObject(facts) ? { username: facts.get('u'), role: facts.get('r') } : undefined;
}

/** The fields in the legacy's order, letters outside ASCII as they are. */
export function sealOperatorToken({ username, role }: TokenFacts, secret: string, nowSeconds: number): string {
  const payload = JSON.stringify({ u: username, r: role, ts: nowSeconds });
  return sealValue(Buffer.from(payload), tokenKey(secret), nowSeconds);
}

function tokenKey(secret: string): Buffer {
  return createHash('sha1').update(`borealis-authsigner${secret}`).digest();
}
