/** Reads what a job runs from its stored components (scheduler 7.4). What is neither script nor playbook is left out. */
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import { isPythonObject, type PythonObject, type PythonValue } from '../../legacy-bridge/values/python-value.js';
import { overridesOf } from '../domain/assemblies/script-variables.js';

export interface JobComponent {
  readonly kind: 'script' | 'ansible';
  /** Below the assemblies' folder for scripts, below the playbooks' for playbooks; parted by slashes. */
  readonly path: string;
  readonly overrides: PythonObject;
}

/** Scripts first, each kind in its order. */
export function jobComponents(stored: PythonValue): readonly JobComponent[] {
  const objects = Array.isArray(stored) ? stored.filter(isPythonObject) : [];
  const scripts = objects.filter((object) => object.get('type') === 'script').flatMap(scriptOf);
  const playbooks = objects.filter((object) => object.get('type') === 'ansible').flatMap(playbookOf);
  return [...scripts, ...playbooks];
}

function scriptOf(object: PythonObject): readonly JobComponent[] {
  const path = pathOf(object, 'path') || pathOf(object, 'script_path');
  if (path === '') return [];
  const values = overridesOf(object.get('variable_values'));
  const overrides = new Map([...values, ...ownValues(object)]);
  return [{ kind: 'script', path: path.startsWith('Scripts/') ? path : `Scripts/${path}`, overrides }];
}

function playbookOf(object: PythonObject): readonly JobComponent[] {
  const path = pathOf(object, 'path').replace(/^\/+/, '');
  if (path === '') return [];
  const values = overridesOf(object.get('variable_values'));
  return [{ kind: 'ansible', path, overrides: new Map([...ownValues(object), ...values]) }];
}

function pathOf(object: PythonObject, field: string): string {
  const path = object.get(field);
  return typeof path === 'string' ? trimmed(path).replaceAll('\\', '/') : '';
}

/** Values that variables of the component carry themselves. */
function ownValues(object: PythonObject): PythonObject {
  const variables = object.get('variables');
  const own = new Map<string, PythonValue>();
  for (const variable of Array.isArray(variables) ? variables.filter(isPythonObject) : []) {
    const name = variable.get('name');
    const value = variable.get('value');
    if (typeof name === 'string' && trimmed(name) !== '' && value !== undefined) own.set(trimmed(name), value);
  }
  return own;
}
