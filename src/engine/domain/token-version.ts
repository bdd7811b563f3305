/** `devices.token_version`, a column without a fixed type in practice. */
import { integerOf } from '../../legacy-bridge/values/python-int.js';
import { PythonFloat } from '../../legacy-bridge/values/python-value.js';
import { EngineError } from './engine-error.js';

/**
 * Negative numbers stay; fractions are cut.
 * @param whenNone what NULL and 0 mean
 * @throws EngineError `device_invalid` for what is no number
 */
export function storedTokenVersion(stored: number | bigint | string | null, whenNone: number): number {
  if (stored === null || stored === 0 || stored === 0n || stored === '') return whenNone;
  const version = Number(integerOf(typeof stored === 'number' ? new PythonFloat(stored) : stored));
  if (Number.isSafeInteger(version)) return version;
  throw new EngineError('device_invalid', { detail: 'token_version: a whole number in the device row' });
}
