/** Whether a device's row names a key, by its fingerprint. */
import { comparedFingerprint } from '../../legacy-bridge/tokens/device-claims.js';
import type { DeviceCredentialRow } from '../repositories/device-repository.js';

/** Compared as the legacy does, blanks and case aside. */
export function hasKey(device: Pick<DeviceCredentialRow, 'fingerprint'>, fingerprint: string): boolean {
  return comparedFingerprint(device.fingerprint) === comparedFingerprint(fingerprint);
}
