/** Rows of `devices`. */

/** What token issue needs of a device, as stored. */
export interface DeviceCredentialRow {
  readonly guid: string;
  readonly fingerprint: string | null;
  /** A column without a fixed type in practice: numbers, digits as text, or anything else. */
  readonly tokenVersion: number | bigint | string | null;
  readonly status: string | null;
}

export interface DeviceRepository {
  /** The row of exactly this spelling of the guid. */
  findCredentialByGuid(guid: string): Promise<DeviceCredentialRow | undefined>;
}
