/** The key that a device's row names, by its fingerprint. Compared as the legacy does, blanks and case aside. */
import { trimmed } from '../../legacy-bridge/values/python-text.js';
import type { DeviceCredentialRow } from '../repositories/device-repository.js';

type Keyed = Pick<DeviceCredentialRow, 'fingerprint'>;

/** Whether this is the device's key. */
export function hasKey(device: Keyed, fingerprint: string): boolean {
  return storedFingerprint(device) === trimmed(fingerprint).toLowerCase();
}

/** Empty for a device without a key. */
export function storedFingerprint({ fingerprint }: Keyed): string {
  return trimmed(fingerprint ?? '').toLowerCase();
}
