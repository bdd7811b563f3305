/** Builds quick runs from bodies (assemblies-and-runs 6). Types are judged before anything is demanded. */
import { hasLoneSurrogate } from '../../legacy-bridge/values/parse-json.js';
import { isTruthy, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import { overridesOf } from '../domain/assemblies/script-variables.js';
import { EngineError } from '../domain/engine-error.js';
import type { QuickRun } from '../domain/quick-run.js';
import { trimmedStringField, typedObject } from './json-object.js';

/**
 * @param contentType the header
 * @throws EngineError `invalid_request`, also for hosts that are no text; `quick_run_incomplete`
 */
export function buildQuickRun(body: Buffer, contentType: string | undefined): QuickRun {
  const object = typedObject(body, contentType);
  const scriptPath = trimmedStringField(object, 'script_path');
  const mode = object.get('run_mode');
  const runMode = isTruthy(mode) ? trimmedStringField(object, 'run_mode').toLowerCase() : 'system';
  const hostnames: PythonValue | undefined = object.get('hostnames');
  if (scriptPath === '' || !Array.isArray(hostnames) || hostnames.length === 0)
    throw new EngineError('quick_run_incomplete');
  return {
    scriptPath,
    hostnames: hostnamesOf(hostnames),
    runMode,
    overrides: overridesOf(object.get('variable_values')),
  };
}

/** Of one quick run; each is a row, and anyone may ask. */
const MOST_HOSTS = 10_000;

/** @throws EngineError `invalid_request` for hosts that are no text, and for too many */
export function hostnamesOf(values: readonly PythonValue[]): readonly string[] {
  if (values.length > MOST_HOSTS)
    throw new EngineError('invalid_request', { detail: `hostnames: at most ${MOST_HOSTS} of them` });
  return values.map(hostnameOf);
}

/** @throws EngineError `invalid_request` where the legacy stores Python's form of something else */
function hostnameOf(value: PythonValue): string {
  if (typeof value === 'string' && !hasLoneSurrogate(value)) return value;
  throw new EngineError('invalid_request', { detail: 'hostnames: a list of texts' });
}
