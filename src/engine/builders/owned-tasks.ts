/** Builds the list of background tasks that the facade tells this engine to own. */
import { parseJson } from '../../legacy-bridge/values/parse-json.js';
import { isPythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import {
  BACKGROUND_TASK_NAMES,
  type BackgroundTaskName,
  isBackgroundTaskName,
} from '../config/background-task-name.js';
import { EngineError } from '../domain/engine-error.js';

/** @throws EngineError `invalid_request`; a facade that names other tasks is of another release */
export function buildOwnedTasks(body: Buffer): readonly BackgroundTaskName[] {
  const value = parseJson(body);
  const owned: PythonValue | undefined = isPythonObject(value) ? value.get('owned') : undefined;
  const names = Array.isArray(owned)
    ? owned.filter((name) => typeof name === 'string' && isBackgroundTaskName(name))
    : [];
  if (Array.isArray(owned) && names.length === owned.length) return names;
  throw new EngineError('invalid_request', { detail: `owned: a list of some of ${BACKGROUND_TASK_NAMES.join(', ')}` });
}
