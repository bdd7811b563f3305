/** The value of the cookie `session`: what a signed-in browser carries, signed and not secret (operators 2). */
import { createHmac } from 'node:crypto';
import { encodeJson } from '../values/encode-json.js';
import { parseJson } from '../values/parse-json.js';
import { isPythonObject, type PythonObject } from '../values/python-value.js';
import { openValue, sealValue } from './signed-value.js';

export const SESSION_COOKIE = 'session';
/** 31 days: the lifetime that the legacy's framework gives to sessions unasked. */
export const SESSION_SECONDS = 31 * 86_400;

/** Keys of any kind; both sides keep those that they don't know. */
export type Session = PythonObject;

/** @returns undefined for what is no session of this secret, or has expired */
export function openSession(value: string, secret: string, nowSeconds: number): Session | undefined {
  const payload = openValue(value, { key: sessionKey(secret), maxAgeSeconds: SESSION_SECONDS, nowSeconds });
  const session = payload && parseJson(payload);
  return isPythonObject(session) ? session : undefined;
}

export function sealSession(session: Session, secret: string, nowSeconds: number): string {
  return sealValue(Buffer.from(encodeJson(session), 'latin1'), sessionKey(secret), nowSeconds);
}

function sessionKey(secret: string): Buffer {
  return createHmac('sha1', secret).update('cookie-session').digest();
}
