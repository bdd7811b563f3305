/** Builds a details report from a body (agents-http 7.3, step 1). */
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import {
  isPythonObject,
  isTruthy,
  type PythonObject,
  type PythonValue,
} from '../../legacy-bridge/values/python-value.js';
import type { DetailsFacts, DetailsReport } from '../domain/details-report.js';
import { EngineError } from '../domain/engine-error.js';
import { columnText, typedObject } from './json-object.js';

/** @throws EngineError `invalid_payload`; `invalid_request` where the legacy crashes before it looks for the device */
export function buildDetailsReport(body: Buffer, contentType: string | undefined): DetailsReport {
  const object = typedObject(body, contentType);
  const document = object.get('details');
  const sent = object.get('hostname');
  const named = isTruthy(sent) ? sent : isPythonObject(document) ? hostnameOfSummary(document) : undefined;
  if (named === undefined || !isTruthy(named) || !isPythonObject(document)) throw new EngineError('invalid_payload');
  if (typeof named !== 'string') throw invalid('hostname: text');
  return { hostname: columnText(named, 'hostname'), document, facts: () => factsOf(object, document) };
}

function factsOf(object: PythonObject, document: PythonObject): DetailsFacts {
  const summary = document.get('summary') ?? (document.has('summary') ? null : new Map());
  if (!isPythonObject(summary)) throw invalid('details.summary: an object');
  const agentId = object.get('agent_id');
  const hash = object.get('agent_hash');
  return {
    summary,
    agentId: isTruthy(agentId) && agentId !== undefined ? columnText(agentId, 'agent_id') : '',
    agentHash: typeof hash === 'string' ? trimmed(columnText(hash, 'agent_hash')) : '',
  };
}

/** Where the body names no host. */
function hostnameOfSummary(document: PythonObject): PythonValue | undefined {
  const summary = document.get('summary');
  if (isPythonObject(summary)) return summary.get('hostname');
  if (isTruthy(summary)) throw invalid('details.summary: an object');
  return undefined;
}

function invalid(detail: string): EngineError {
  return new EngineError('invalid_request', { detail });
}
