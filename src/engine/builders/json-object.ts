/** Reads a request's JSON body in the legacy's manner, and its fields. */
import { hasLoneSurrogate, parseJson } from '../../legacy-bridge/values/parse-json.js';
import { integerOf } from '../../legacy-bridge/values/python-int.js';
import { textOf, trimmed } from '../../legacy-bridge/values/python-text.js';
import {
  isPythonObject,
  isTruthy,
  PythonFloat,
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
  return objectOf(parseJson(body));
}

function objectOf(value: PythonValue | undefined): PythonObject {
  if (!isTruthy(value)) return EMPTY;
  if (isPythonObject(value)) return value;
  throw new EngineError('invalid_request', { detail: 'body: a JSON object' });
}

/**
 * Falsy counts as empty, else Python's text of the value, trimmed of Unicode white space.
 * @throws EngineError `invalid_request` where the legacy crashes: half of a surrogate pair
 */
export function trimmedTextField(object: PythonObject, name: string): string {
  return wholeText(trimmedText(object, name), name);
}

/** The same, of any characters: for fields at which the legacy looks later. */
export function trimmedText(object: PythonObject, name: string): string {
  const value: PythonValue | undefined = object.get(name);
  return value === undefined || !isTruthy(value) ? '' : trimmed(textOf(value));
}

/** @throws EngineError `invalid_request` for half of a surrogate pair */
export function wholeText(text: string, name: string): string {
  if (!hasLoneSurrogate(text)) return text;
  throw new EngineError('invalid_request', { detail: `${name}: text without lone surrogates` });
}

/**
 * A forced body of a route that writes: what is malformed is refused, where the legacy would take it for an empty object
 * and write all the same.
 * @throws EngineError `invalid_request`
 */
export function writtenObject(body: Buffer): PythonObject {
  const value = parseJson(body);
  if (value === undefined && body.length > 0)
    throw new EngineError('invalid_request', { detail: 'body: well-formed JSON' });
  return objectOf(value);
}

/**
 * A "typed" body (agents-http 1.1): absent unless its type is JSON.
 * @param contentType the header
 * @throws EngineError `invalid_request`
 */
export function typedObject(body: Buffer, contentType: string | undefined): PythonObject {
  return isJsonType(contentType) ? forcedObject(body) : EMPTY;
}

/** Whether a content type says that a body is JSON. */
export function isJsonType(contentType: string | undefined): boolean {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^application\/(?:json|.+\+json)$/.test(type);
}

/**
 * The same for a route that writes even where nothing is said: what calls itself JSON and is malformed is refused.
 * @throws EngineError `invalid_request`
 */
export function writtenTypedObject(body: Buffer, contentType: string | undefined): PythonObject {
  return isJsonType(contentType) ? writtenObject(body) : EMPTY;
}

/**
 * Falsy counts as empty, a string is trimmed.
 * @throws EngineError `invalid_request` for any other type, where the legacy crashes
 */
export function trimmedStringField(object: PythonObject, name: string): string {
  const value = object.get(name);
  if (!isTruthy(value)) return '';
  if (typeof value !== 'string' || hasLoneSurrogate(value))
    throw new EngineError('invalid_request', { detail: `${name}: text` });
  return trimmed(value);
}

/**
 * Text for a column: a string as it is, a number in Python's digits.
 * @param field its name for the caller
 * @throws EngineError `invalid_request` where the legacy would store Python's form of something else
 */
export function columnText(value: PythonValue, field: string): string {
  if (isColumnText(value)) return textOf(value);
  throw new EngineError('invalid_request', { detail: `${field}: text` });
}

/** Whether `columnText` takes it. */
export function isColumnText(value: PythonValue): boolean {
  if (typeof value === 'string') return !hasLoneSurrogate(value);
  return typeof value === 'bigint' || (value instanceof PythonFloat && Number.isFinite(value.value));
}

const MOST_INTEGER = 2n ** 63n;

/**
 * An integer for a column; undefined for what Python's `int()` refuses.
 * @throws EngineError `invalid_request` beyond the 64 bits that a column holds
 */
export function columnInteger(value: PythonValue | undefined, field: string): bigint | undefined {
  const integer = integerOf(value);
  if (integer === undefined || (integer >= -MOST_INTEGER && integer < MOST_INTEGER)) return integer;
  throw new EngineError('invalid_request', { detail: `${field}: a whole number of 64 bits` });
}
