/**
 * JSON values with Python's distinctions: integers of any size and fractions are different kinds, objects keep any key.
 * What the legacy stores and answers depends on them (agents-http 1.1, assemblies-and-runs 13).
 */

/** A Python float. A class, so that `1.0` and `1` stay apart. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Integers are `bigint`, fractions `PythonFloat`, objects `Map` in the order sent. */
export type PythonValue = null | boolean | string | bigint | PythonFloat | readonly PythonValue[] | PythonObject;

export type PythonObject = ReadonlyMap<string, PythonValue>;

export function isPythonObject(value: PythonValue | undefined): value is PythonObject {
  return value instanceof Map;
}

/** Python's truth: missing, null, false, 0, 0.0, `""`, `[]`, `{}` are false. */
export function isTruthy(value: PythonValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 0n) return false;
  if (value instanceof PythonFloat) return value.value !== 0;
  if (isPythonObject(value)) return value.size > 0;
  return !(Array.isArray(value) && value.length === 0);
}
