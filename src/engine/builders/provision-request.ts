/** Builds a request to provision an agent from its body (sockets 6). */
import { hasLoneSurrogate, parseJson } from '../../legacy-bridge/values/parse-json.js';
import { isPythonObject, isTruthy, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import { EngineError } from '../domain/engine-error.js';
import { isJsonType } from './json-object.js';

export interface ProvisionRequest {
  readonly agentId: string;
  readonly roles: readonly PythonValue[];
}

/** As the registry's. */
const LONGEST_ID = 1024;
/** Of one configuration; they are kept in memory. */
const LONGEST_BODY = 1_000_000;

/** @throws EngineError `invalid_request`, `provision_incomplete` */
export function buildProvisionRequest(body: Buffer, contentType: string | undefined): ProvisionRequest {
  const object = isJsonType(contentType) ? parseJson(body) : undefined;
  if (object === undefined || !isPythonObject(object))
    throw new EngineError('invalid_request', { detail: 'body: a JSON object, with its content type' });
  if (body.length > LONGEST_BODY)
    throw new EngineError('invalid_request', { detail: `body: at most ${LONGEST_BODY} bytes` });
  const agentId = object.get('agent_id');
  const roles = object.has('roles') ? object.get('roles') : [];
  if (!isTruthy(agentId) || !Array.isArray(roles)) throw new EngineError('provision_incomplete');
  if (typeof agentId !== 'string' || agentId.length > LONGEST_ID || hasLoneSurrogate(agentId))
    throw new EngineError('invalid_request', { detail: `agent_id: text of at most ${LONGEST_ID} characters` });
  return { agentId, roles: roles as readonly PythonValue[] };
}
