/** Builds what the enrolment routes are asked, in the legacy's order of checks (agents-http 3.1, 3.2). */
import { createHash } from 'node:crypto';
import { textOf, trimmed } from '../../legacy-bridge/values/python-text.js';
import { isTruthy, PythonFloat, type PythonObject } from '../../legacy-bridge/values/python-value.js';
import { strictBase64 } from '../../legacy-bridge/values/strict-base64.js';
import { EngineError, type EngineErrorCode } from '../domain/engine-error.js';
import type { EnrollmentPoll, EnrollmentRequest } from '../domain/enrollment.js';
import { forcedObject, isColumnText, trimmedText, wholeText } from './json-object.js';

const LEAST_KEY_BYTES = 10;
const LEAST_NONCE_BYTES = 16;

/**
 * A body that is absent, empty or malformed lacks every field, as in the legacy: nothing is written for it.
 * @throws EngineError with the code of the first check that fails; `invalid_request` where the legacy crashes
 */
export function buildEnrollmentRequest(body: Buffer): EnrollmentRequest {
  const object = forcedObject(body);
  refuseUnmeasurable(object, 'agent_pubkey');
  refuseUnmeasurable(object, 'client_nonce');
  const hostname = hostnameOf(object);
  if (hostname === '') throw new EngineError('hostname_required');
  const code = trimmedText(object, 'enrollment_code');
  if (code === '') throw new EngineError('enrollment_code_required');
  const key = textField(object, 'agent_pubkey', 'agent_pubkey_required');
  const clientNonce = textField(object, 'client_nonce', 'client_nonce_required');
  const publicKeyDer = strictBase64(key.replaceAll('-', '+').replaceAll('_', '/'));
  if (publicKeyDer === undefined || publicKeyDer.length < LEAST_KEY_BYTES)
    throw new EngineError('invalid_agent_pubkey');
  if ((strictBase64(clientNonce)?.length ?? 0) < LEAST_NONCE_BYTES) throw new EngineError('invalid_client_nonce');
  const fingerprint = createHash('sha256').update(publicKeyDer).digest('hex');
  return { hostname, code: wholeText(code, 'enrollment_code'), publicKeyDer, fingerprint, clientNonce };
}

/** @throws EngineError as `buildEnrollmentRequest` */
export function buildEnrollmentPoll(body: Buffer): EnrollmentPoll {
  const object = forcedObject(body);
  refuseUnmeasurable(object, 'client_nonce');
  refuseUnmeasurable(object, 'proof_sig');
  const reference = textField(object, 'approval_reference', 'approval_reference_required');
  if (reference === '') throw new EngineError('approval_reference_required');
  const clientNonce = textField(object, 'client_nonce', 'client_nonce_required');
  const proofText = textField(object, 'proof_sig', 'proof_sig_required');
  const clientNonceBytes = strictBase64(clientNonce);
  if (clientNonceBytes === undefined) throw new EngineError('invalid_client_nonce');
  const proof = strictBase64(proofText);
  if (proof === undefined) throw new EngineError('invalid_proof_sig');
  return { reference: wholeText(reference, 'approval_reference'), clientNonce, clientNonceBytes, proof };
}

/**
 * The legacy takes the length of these before it looks at their type, and crashes on what has none: numbers but 0, and `true`.
 * Lists and objects have one, and are merely no text.
 */
function refuseUnmeasurable(object: PythonObject, name: string): void {
  const value = object.get(name);
  const hasNoLength = value === true || typeof value === 'bigint' || value instanceof PythonFloat;
  if (hasNoLength && isTruthy(value)) throw new EngineError('invalid_request', { detail: `${name}: text` });
}

/** Falsy counts as empty; numbers become their digits; undefined for what a column would hold in Python's form. */
function hostnameOf(object: PythonObject): string | undefined {
  const value = object.get('hostname');
  return value === undefined || !isTruthy(value) ? '' : isColumnText(value) ? trimmed(textOf(value)) : undefined;
}

function textField(object: PythonObject, name: string, missing: EngineErrorCode): string {
  const value = object.get(name);
  if (typeof value !== 'string') throw new EngineError(missing);
  return value;
}
