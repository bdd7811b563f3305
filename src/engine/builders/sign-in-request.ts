/** Builds what operators send to sign in, in the legacy's order of checks (operators 3). */
import { createHash } from 'node:crypto';
import { hasLoneSurrogate } from '../../legacy-bridge/values/parse-json.js';
import { isTruthy, type PythonObject } from '../../legacy-bridge/values/python-value.js';
import { EngineError } from '../domain/engine-error.js';
import type { CodeRequest, SignInRequest } from '../domain/sign-in.js';
import { trimmedStringField, typedObject } from './json-object.js';

/** @throws EngineError `missing_credentials`; `invalid_request` where the legacy crashes */
export function buildSignInRequest(body: Buffer, contentType: string | undefined): SignInRequest {
  const object = typedObject(body, contentType);
  const username = trimmedStringField(object, 'username');
  const hash = trimmedStringField(object, 'password_sha512').toLowerCase();
  const password = hash === '' ? passwordOf(object) : '';
  if (username === '' || (hash === '' && password === '')) throw new EngineError('missing_credentials');
  return { username, passwordSha512: hash === '' ? createHash('sha512').update(password).digest('hex') : hash };
}

/** Not trimmed. The legacy looks at its type only once it knows the account, and so tells who has one. */
function passwordOf(object: PythonObject): string {
  const password = object.get('password');
  if (!isTruthy(password)) return '';
  if (typeof password !== 'string' || hasLoneSurrogate(password))
    throw new EngineError('invalid_request', { detail: 'password: text' });
  return password;
}

/** @throws EngineError `invalid_request` where the legacy crashes, and for codes that are neither text nor a number */
export function buildCodeRequest(body: Buffer, contentType: string | undefined): CodeRequest {
  const object = typedObject(body, contentType);
  return { pendingToken: trimmedStringField(object, 'pending_token'), digits: digitsOf(object) };
}

function digitsOf(object: PythonObject): string {
  const code = object.get('code');
  if (!isTruthy(code)) return '';
  if (typeof code !== 'string' && typeof code !== 'bigint')
    throw new EngineError('invalid_request', { detail: 'code: text or a whole number' });
  return String(code)
    .replace(/\P{Nd}/gu, '')
    .normalize('NFKC');
}
