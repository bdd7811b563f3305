/** Lays a sent document over a stored one (agents-http 7.3, step 4). */
import {
  isPythonObject,
  isTruthy,
  type PythonObject,
  type PythonValue,
} from '../../legacy-bridge/values/python-value.js';
import { EngineError } from './engine-error.js';

/** Field names are the caller's own and may be of any length. */
const LONGEST_PATH = 200;

/**
 * Objects merge key by key at every depth; a list replaces when not empty; null and the empty text are skipped; all else
 * replaces, 0 and false too.
 * @param path where the objects stand, for the error
 * @throws EngineError `invalid_request` for an object where something else is stored
 */
export function deepMerge(base: PythonObject, changes: PythonObject, path: string): PythonObject {
  const merged = new Map<string, PythonValue>(base);
  for (const [key, value] of changes) {
    if (isPythonObject(value)) merged.set(key, deepMerge(objectAt(base, key, path), value, `${path}.${key}`));
    else if (replaces(value)) merged.set(key, value);
  }
  return merged;
}

function objectAt(base: PythonObject, key: string, path: string): PythonObject {
  const stored = base.get(key);
  if (isPythonObject(stored)) return stored;
  if (!isTruthy(stored)) return new Map();
  const field = `${path}.${key}`.slice(0, LONGEST_PATH);
  throw new EngineError('invalid_request', { detail: `${field}: no object, since another kind of value is stored` });
}

function replaces(value: PythonValue): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== '';
}
