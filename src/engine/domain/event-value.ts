/** What a Socket.IO event carries: JSON with Python's distinctions, and bytes at any depth. */
import { isPythonObject, isTruthy, PythonFloat, type PythonValue } from '../../legacy-bridge/values/python-value.js';

export type EventValue =
  | null
  | boolean
  | string
  | bigint
  | PythonFloat
  | Buffer
  | readonly EventValue[]
  | ReadonlyMap<string, EventValue>;

export type EventObject = ReadonlyMap<string, EventValue>;

export function isEventObject(value: EventValue | undefined): value is EventObject {
  return value instanceof Map;
}

/** Python's truth; empty bytes are false too. */
export function isTruthyEvent(value: EventValue | undefined): boolean {
  return Buffer.isBuffer(value) ? value.length > 0 : isTruthy(value as PythonValue | undefined);
}

/** The same value, if no bytes are in it at the top. */
export function plainValue(value: EventValue | undefined): PythonValue | undefined {
  if (value === undefined || Buffer.isBuffer(value)) return undefined;
  if (value === null || typeof value !== 'object' || value instanceof PythonFloat) return value;
  if (Array.isArray(value)) return value as readonly PythonValue[];
  return isPythonObject(value as PythonValue) ? (value as PythonValue) : undefined;
}
