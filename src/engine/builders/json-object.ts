/** Reads a request's JSON body in the legacy's manner, and its fields. */
import { hasLoneSurrogate, parseJson } from '../../legacy-bridge/values/parse-json.js';
import { textOf, trimmed } from '../../legacy-bridge/values/python-text.js';
import {
  isPythonObject,
  isTruthy,
  type PythonObject,
  type PythonValue,
} from '../../legacy-bridge/values/python-value.js';
import { EngineError } from '../domain/engine-error.js';

const EMPTY: PythonObject = new Map();

/**
 * A "forced" body (agents-http 1.1): JSON whatever the content type. Absent, malformed and falsy bodies are the empty object.
 * @throws EngineError `invalid_request` where the legacy crashes: any other value that is no object
 */
export function forcedObject(body: Buffer): PythonObject {
  const value = parseJson(body);
  if (!isTruthy(value)) return EMPTY;
  if (isPythonObject(value)) return value;
  throw new EngineError('invalid_request', { detail: 'body: a JSON object' });
}

/**
 * Falsy counts as empty, else Python's text of the value, trimmed of Unicode white space.
 * @throws EngineError `invalid_request` where the legacy crashes: half of a surrogate pair
 */
export function trimmedTextField(object: PythonObject, name: string): string {
  const value: PythonValue | undefined = object.get(name);
  if (value === undefined || !isTruthy(value)) return '';
  const text = trimmed(textOf(value));
  if (hasLoneSurrogate(text))
    throw new EngineError('invalid_request', { detail: `${name}: text without lone surrogates` });
  return text;
}
