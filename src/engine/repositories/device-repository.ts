/** Rows of `devices`. */
import type { DeviceValues } from '../domain/device-values.js';
import type { Heartbeat } from '../domain/heartbeat.js';

/** What token issue and admission need of a device, as stored. */
export interface DeviceCredentialRow {
  readonly guid: string;
  readonly fingerprint: string | null;
  /** A column without a fixed type in practice: numbers, digits as text, or anything else. */
  readonly tokenVersion: number | bigint | string | null;
  readonly status: string | null;
}

/** A row whole, every column as text. */
export interface DeviceRecord {
  /** SQLite's own id of the row, which a change of guid or hostname leaves alone. */
  readonly rowId: number;
  readonly guid: string | null;
  readonly hostname: string | null;
  readonly description: string | null;
  readonly agentHash: string | null;
  /** JSON; likewise the next four. */
  readonly memory: string | null;
  readonly network: string | null;
  readonly software: string | null;
  readonly storage: string | null;
  readonly cpu: string | null;
  readonly deviceType: string | null;
  readonly domain: string | null;
  readonly externalIp: string | null;
  readonly internalIp: string | null;
  readonly lastReboot: string | null;
  /** Digits, a fraction cut; other texts are possible. */
  readonly lastSeen: string | null;
  readonly lastUser: string | null;
  readonly operatingSystem: string | null;
  /** As `lastSeen`. */
  readonly uptime: string | null;
  readonly agentId: string | null;
  readonly ansibleEeVer: string | null;
  readonly connectionType: string | null;
  readonly connectionEndpoint: string | null;
}

/** A row made anew for a device whose token is good. */
export interface RecoveredDevice {
  readonly guid: string;
  readonly hostname: string;
  readonly fingerprint: string;
  readonly tokenVersion: number;
  readonly status: string;
}

/** A row made for a device that enrols: the first version of its tokens. */
export interface EnrolledDevice {
  /** Canonical. */
  readonly guid: string;
  readonly hostname: string;
  readonly fingerprint: string;
  readonly status: string;
}

/** Another key of a known device. */
export interface ReplacedKey {
  readonly fingerprint: string;
  readonly tokenVersion: number;
  readonly status: string;
}

/** The device that has a hostname. */
export interface HostOwnerRow {
  /** As stored. */
  readonly guid: string | null;
  readonly fingerprint: string | null;
  readonly siteId: number | null;
  readonly siteName: string | null;
}

/** A moment in both forms that the table has. */
export interface WriteTime {
  /** Epoch seconds. */
  readonly seconds: number;
  readonly iso: string;
}

/** What a check-in leaves in the device's row. */
export interface NotedCheckIn {
  readonly agentId: string;
  readonly fingerprint: string;
}

/** What tells, without reading the row's inventory, whether a row is as it was left. */
export interface RowMark {
  readonly rowId: number;
  /** The same text for the same lengths of its lists and the same small columns that a rewrite would fill or straighten. */
  readonly mark: string;
}

/** What an event tells of a device. Undefined leaves a column as it is. */
export interface SeenFacts {
  readonly agentId: string | undefined;
  /** Epoch seconds; 0 leaves the column too. */
  readonly lastSeen: bigint | undefined;
  readonly lastUser: string | undefined;
}

/** The key that a device called with. */
export interface UsedKey {
  readonly fingerprint: string;
  /** For a row that does not know since when. */
  readonly addedAt: string;
}

export interface DeviceRepository {
  /** The row of exactly this spelling of the guid. */
  findCredentialByGuid(guid: string): Promise<DeviceCredentialRow | undefined>;
  /** Rows whose guid is this one in any case of its ASCII letters. */
  findCredentialsInAnyCase(guid: string): Promise<readonly DeviceCredentialRow[]>;
  /** Gives a row another spelling of its guid. */
  respellGuid(from: string, to: string): Promise<void>;
  hasHostname(hostname: string): Promise<boolean>;
  insertRecovered(device: RecoveredDevice, at: WriteTime): Promise<void>;
  /** The row of exactly this hostname, with its site. */
  findHostOwner(hostname: string): Promise<HostOwnerRow | undefined>;
  insertEnrolled(device: EnrolledDevice, at: WriteTime): Promise<void>;
  /** For a row that has no key. By exactly this guid; likewise the next. */
  setFirstKey(guid: string, fingerprint: string, at: WriteTime): Promise<void>;
  replaceKey(guid: string, key: ReplacedKey, at: WriteTime): Promise<void>;
  /**
   * The status that a deleted row of this guid had (any case), if it was another than active.
   * What shuts a device out outlives its row.
   */
  findKeptStatus(guid: string): Promise<string | undefined>;
  /** @returns false when the row is gone */
  recordHeartbeat(guid: string, beat: Heartbeat, at: WriteTime): Promise<boolean>;

  findRecordByGuid(guid: string): Promise<DeviceRecord | undefined>;
  findRecordByGuidInAnyCase(guid: string): Promise<DeviceRecord | undefined>;
  findRecordByHostname(hostname: string): Promise<DeviceRecord | undefined>;
  findRecordByAgentId(agentId: string): Promise<DeviceRecord | undefined>;
  /** Hostname in lower case; a row whose agent id is this one in any case comes first. */
  findRecordByHostOfAgent(hostname: string, agentId: string): Promise<DeviceRecord | undefined>;
  /** All rows, in order of insertion. */
  listRecords(): Promise<readonly DeviceRecord[]>;

  /** A row for a hostname that someone named in an event: active, without a guid (sockets 4.4). @returns its row id */
  insertSeen(hostname: string, at: WriteTime): Promise<number>;
  findMark(hostname: string): Promise<RowMark | undefined>;
  /** In a row that needs no straightening. */
  noteSeen(rowId: number, seen: SeenFacts): Promise<void>;
  /** `created_at` is set when NULL. */
  rewrite(rowId: number, values: DeviceValues, at: WriteTime): Promise<void>;
  rename(rowId: number, hostname: string): Promise<void>;
  /** Only for a row that has none. */
  setGuid(rowId: number, guid: string): Promise<void>;
  /** By exactly this guid. @returns false when the row is gone */
  noteCheckIn(guid: string, checkIn: NotedCheckIn, at: WriteTime): Promise<boolean>;
  /** The key, and since when unless that is known. */
  recordKey(rowId: number, key: UsedKey): Promise<void>;
}
