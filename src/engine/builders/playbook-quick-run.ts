/** Builds quick runs of playbooks from bodies (assemblies-and-runs 8). Types are judged before anything is demanded. */
import { isTruthy, type PythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import { overridesOf } from '../domain/assemblies/script-variables.js';
import { EngineError } from '../domain/engine-error.js';
import type { PlaybookQuickRun } from '../domain/playbook-run.js';
import { columnInteger, trimmedStringField, typedObject } from './json-object.js';
import { hostnamesOf } from './quick-run.js';

/**
 * @param contentType the header
 * @throws EngineError `invalid_request`, `playbook_run_incomplete`, `credential_id_invalid`
 */
export function buildPlaybookQuickRun(body: Buffer, contentType: string | undefined): PlaybookQuickRun {
  const object = typedObject(body, contentType);
  const playbookPath = trimmedStringField(object, 'playbook_path');
  const hostnames: PythonValue | undefined = object.get('hostnames');
  if (playbookPath === '' || !Array.isArray(hostnames) || hostnames.length === 0)
    throw new EngineError('playbook_run_incomplete');
  const credentialId = credentialIdOf(object.get('credential_id'));
  return {
    playbookPath,
    hostnames: hostnamesOf(hostnames),
    credentialId: usesServiceAccount(object, credentialId) ? undefined : credentialId,
    overrides: overridesOf(object.get('variable_values')),
  };
}

function credentialIdOf(value: PythonValue | undefined): bigint | undefined {
  if (value === undefined || value === null || value === '' || value === 'null') return undefined;
  const id = columnInteger(value, 'credential_id');
  if (id === undefined) throw new EngineError('credential_id_invalid');
  return id > 0n ? id : undefined;
}

function usesServiceAccount(object: PythonObject, credentialId: bigint | undefined): boolean {
  const said = object.get('use_service_account');
  return said === undefined || said === null ? credentialId === undefined : isTruthy(said);
}
