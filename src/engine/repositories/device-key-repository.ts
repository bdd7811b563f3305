/** Rows of `device_keys`: every key that a device ever called with. */

export interface NewDeviceKey {
  readonly id: string;
  readonly guid: string;
  readonly fingerprint: string;
  /** ISO text. */
  readonly addedAt: string;
}

export interface DeviceKeyRepository {
  /** A row of the same guid and fingerprint stays as it is, even a retired one. */
  insertIfMissing(key: NewDeviceKey): Promise<void>;
  /** Every other key of the guid (any case) that is not retired yet. @param retiredAt ISO text */
  retireOthers(guid: string, fingerprint: string, retiredAt: string): Promise<void>;
}
