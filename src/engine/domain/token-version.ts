/** `devices.token_version`, as the engine's services need it. */
import { readTokenVersion } from '../../legacy-bridge/tokens/device-claims.js';
import { EngineError } from './engine-error.js';

/**
 * Negative numbers stay; fractions are cut.
 * @param whenNone what NULL and 0 mean
 * @throws EngineError `device_invalid` for what is no number
 */
export function storedTokenVersion(stored: number | bigint | string | null, whenNone: number): number {
  const version = readTokenVersion(stored, whenNone);
  if (version !== undefined) return version;
  throw new EngineError('device_invalid', { detail: 'token_version: a whole number in the device row' });
}

/** The version after a device's key was replaced: one more. What is no number counts as 1, as in the legacy. */
export function nextTokenVersion(stored: number | bigint | string | null): number {
  return (readTokenVersion(stored, 1) ?? 1) + 1;
}
