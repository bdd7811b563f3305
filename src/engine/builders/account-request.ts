/** Builds a request for a service account from a body (agents-http 7.4, step 1). */
import { type AccountRequest, DEFAULT_ACCOUNT_NAME, isRetiredName } from '../domain/account-request.js';
import { EngineError } from '../domain/engine-error.js';
import { trimmedStringField, typedObject } from './json-object.js';

/** @throws EngineError `agent_id_required`; `invalid_request` where the legacy crashes */
export function buildAccountRequest(body: Buffer, contentType: string | undefined): AccountRequest {
  const object = typedObject(body, contentType);
  const agentId = trimmedStringField(object, 'agent_id');
  const username = trimmedStringField(object, 'username');
  const hostname = trimmedStringField(object, 'hostname');
  if (agentId === '') throw new EngineError('agent_id_required');
  return {
    agentId,
    username: isRetiredName(username) ? DEFAULT_ACCOUNT_NAME : username,
    hostname: hostname.toLowerCase() === 'unknown' ? '' : hostname,
  };
}
