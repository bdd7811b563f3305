/** Builds what operators send to sign in, in the legacy's order of checks (operators 3). */
import { createHash } from 'node:crypto';
import { hasLoneSurrogate } from '../../legacy-bridge/values/parse-json.js';
import { textOf } from '../../legacy-bridge/values/python-text.js';
import {
  isPythonObject,
  isTruthy,
  type PythonObject,
  type PythonValue,
} from '../../legacy-bridge/values/python-value.js';
import { EngineError } from '../domain/engine-error.js';
import type { CodeRequest, SignInRequest } from '../domain/sign-in.js';
import { trimmedStringField, typedObject } from './json-object.js';

/** @throws EngineError `missing_credentials`; `invalid_request` where the legacy crashes */
export function buildSignInRequest(body: Buffer, contentType: string | undefined): SignInRequest {
  const object = typedObject(body, contentType);
  const username = trimmedStringField(object, 'username');
  const hash = trimmedStringField(object, 'password_sha512').toLowerCase();
  const password = object.get('password');
  if (username === '' || (hash === '' && !isTruthy(password))) throw new EngineError('missing_credentials');
  return { username, passwordSha512: hash === '' ? hashOf(password) : hash };
}

/** Not trimmed. The legacy looks at its type only once it knows the account, and so tells who has one. */
function hashOf(password: PythonValue | undefined): string {
  if (typeof password !== 'string' || hasLoneSurrogate(password))
    throw new EngineError('invalid_request', { detail: 'password: text' });
  return createHash('sha512').update(password).digest('hex');
}

/** @throws EngineError `invalid_request` where the legacy crashes */
export function buildCodeRequest(body: Buffer, contentType: string | undefined): CodeRequest {
  const object = typedObject(body, contentType);
  return { pendingToken: trimmedStringField(object, 'pending_token'), digits: digitsOf(object) };
}

/** Those of Python's text of the value: `true` has none, `123456.0` seven. */
function digitsOf(object: PythonObject): string | undefined {
  const code = object.get('code');
  if (code === undefined || !isTruthy(code)) return '';
  if (isPythonObject(code) || Array.isArray(code)) return undefined;
  return textOf(code)
    .replace(/\P{Nd}/gu, '')
    .normalize('NFKC');
}
