/** Builds what the hash routes are asked (agents-http 8). */
import { agentGuid } from '../../legacy-bridge/values/guid.js';
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import type { AgentHashQuery, AgentHashReport } from '../domain/agent-hash.js';
import { EngineError } from '../domain/engine-error.js';
import { trimmedStringField, typedObject } from './json-object.js';

/** @param query raw, without `?`; the first of repeated fields counts */
export function agentHashQueryOf(query: string): AgentHashQuery {
  const fields = new URLSearchParams(query);
  const named = fields.get('agent_id');
  return {
    guid: agentGuid(fields.get('agent_guid') ?? ''),
    agentId: trimmed(named === null || named === '' ? (fields.get('id') ?? '') : named),
  };
}

/** Where the query names nobody, the same fields of a body do. @throws EngineError `invalid_request` */
export function agentHashQueryOfBody(body: Buffer, contentType: string | undefined): AgentHashQuery {
  const object = typedObject(body, contentType);
  return {
    guid: agentGuid(trimmedStringField(object, 'agent_guid')),
    agentId: trimmedStringField(object, 'agent_id') || trimmedStringField(object, 'id'),
  };
}

/** @throws EngineError `agent_hash_required`; `invalid_request` where the legacy crashes */
export function buildAgentHashReport(body: Buffer, contentType: string | undefined): AgentHashReport {
  const object = typedObject(body, contentType);
  const hash = trimmedStringField(object, 'agent_hash');
  const agentId = trimmedStringField(object, 'agent_id');
  const guid = agentGuid(trimmedStringField(object, 'agent_guid'));
  if (hash === '' || (agentId === '' && guid === '')) throw new EngineError('agent_hash_required');
  return { hash, agentId, guid };
}
