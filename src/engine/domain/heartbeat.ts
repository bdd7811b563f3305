/** What a heartbeat changes in its device's row; undefined leaves a column as it is. */
export interface Heartbeat {
  /** Left out when another row has it. */
  readonly hostname: string | undefined;
  /** JSON as stored; likewise the next four. */
  readonly memory: string | undefined;
  readonly network: string | undefined;
  readonly software: string | undefined;
  readonly storage: string | undefined;
  readonly cpu: string | undefined;
  readonly lastUser: string | undefined;
  readonly operatingSystem: string | undefined;
  /** Seconds; 64 bits. */
  readonly uptime: bigint | undefined;
  readonly externalIp: string | undefined;
  readonly internalIp: string | undefined;
  readonly deviceType: string | undefined;
}
