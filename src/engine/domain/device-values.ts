/** The columns that rewriting a device's row sets (agents-http 7.6). */

/** Always replaced. */
export interface ReplacedValues {
  readonly description: string;
  /** JSON as stored; likewise the next four. */
  readonly memory: string;
  readonly network: string;
  readonly software: string;
  readonly storage: string;
  readonly cpu: string;
}

/** Null leaves a column as it is. */
export interface KeptValues {
  readonly agentHash: string | null;
  readonly deviceType: string | null;
  readonly domain: string | null;
  readonly externalIp: string | null;
  readonly internalIp: string | null;
  readonly lastReboot: string | null;
  /** Epoch seconds. */
  readonly lastSeen: bigint | null;
  readonly lastUser: string | null;
  readonly operatingSystem: string | null;
  /** Seconds. */
  readonly uptime: bigint | null;
  readonly agentId: string | null;
  readonly ansibleEeVer: string | null;
  readonly connectionType: string | null;
  readonly connectionEndpoint: string | null;
}

export interface DeviceValues extends ReplacedValues, KeptValues {}
