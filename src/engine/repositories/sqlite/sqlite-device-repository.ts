/** `devices` in SQLite. */
import type { DeviceValues } from '../../domain/device-values.js';
import type { Heartbeat } from '../../domain/heartbeat.js';
import type {
  DeviceCredentialRow,
  DeviceRecord,
  DeviceRepository,
  EnrolledDevice,
  HostOwnerRow,
  NotedCheckIn,
  RecoveredDevice,
  ReplacedKey,
  RowMark,
  SeenFacts,
  UsedKey,
  WriteTime,
} from '../device-repository.js';
import * as sql from './device-statements.js';
import { hasKeptStatus } from './engine-schema.js';
import type { SqliteConnection } from './sqlite-connection.js';

export class SqliteDeviceRepository implements DeviceRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async findCredentialByGuid(guid: string): Promise<DeviceCredentialRow | undefined> {
    return this.#connection.get<DeviceCredentialRow>(sql.FIND_CREDENTIAL, guid);
  }

  async findCredentialsInAnyCase(guid: string): Promise<readonly DeviceCredentialRow[]> {
    return this.#connection.all<DeviceCredentialRow>(sql.FIND_CREDENTIALS_IN_ANY_CASE, guid);
  }

  async respellGuid(from: string, to: string): Promise<void> {
    this.#connection.run(sql.RESPELL_GUID, to, from);
  }

  async hasHostname(hostname: string): Promise<boolean> {
    return this.#connection.get(sql.HAS_HOSTNAME, hostname) !== undefined;
  }

  async insertRecovered(device: RecoveredDevice, { seconds, iso }: WriteTime): Promise<void> {
    const { guid, hostname, fingerprint, tokenVersion, status } = device;
    this.#connection.run(
      sql.INSERT_RECOVERED,
      guid,
      hostname,
      seconds,
      seconds,
      fingerprint,
      BigInt(tokenVersion),
      status,
      iso,
    );
  }

  async findHostOwner(hostname: string): Promise<HostOwnerRow | undefined> {
    return this.#connection.get<HostOwnerRow>(sql.HOST_OWNER, hostname);
  }

  async insertEnrolled(device: EnrolledDevice, { seconds, iso }: WriteTime): Promise<void> {
    const { guid, hostname, fingerprint, status } = device;
    this.#connection.run(sql.INSERT_ENROLLED, guid, hostname, seconds, seconds, fingerprint, status, iso);
  }

  async setFirstKey(guid: string, fingerprint: string, { iso }: WriteTime): Promise<void> {
    this.#connection.run(sql.SET_FIRST_KEY, fingerprint, iso, guid);
  }

  async replaceKey(
    guid: string,
    { fingerprint, tokenVersion, status }: ReplacedKey,
    { iso }: WriteTime,
  ): Promise<void> {
    this.#connection.run(sql.REPLACE_KEY, fingerprint, iso, BigInt(tokenVersion), status, guid);
  }

  async findKeptStatus(guid: string): Promise<string | undefined> {
    if (!hasKeptStatus(this.#connection)) return undefined;
    return this.#connection.get<{ status: string }>(sql.FIND_KEPT_STATUS, guid)?.status;
  }

  async recordHeartbeat(guid: string, beat: Heartbeat, { seconds }: WriteTime): Promise<boolean> {
    const hostname = beat.hostname ?? null;
    const changed = this.#connection.run(
      sql.RECORD_HEARTBEAT,
      hostname,
      hostname,
      hostname,
      beat.memory ?? null,
      beat.network ?? null,
      beat.software ?? null,
      beat.storage ?? null,
      beat.cpu ?? null,
      beat.lastUser ?? null,
      beat.operatingSystem ?? null,
      beat.uptime ?? null,
      beat.externalIp ?? null,
      beat.internalIp ?? null,
      beat.deviceType ?? null,
      seconds,
      guid,
    );
    return changed > 0;
  }

  async findRecordByGuid(guid: string): Promise<DeviceRecord | undefined> {
    return this.#connection.get<DeviceRecord>(sql.RECORD_BY_GUID, guid);
  }

  async findRecordByGuidInAnyCase(guid: string): Promise<DeviceRecord | undefined> {
    return this.#connection.get<DeviceRecord>(sql.RECORD_BY_GUID_IN_ANY_CASE, guid);
  }

  async findRecordByHostname(hostname: string): Promise<DeviceRecord | undefined> {
    return this.#connection.get<DeviceRecord>(sql.RECORD_BY_HOSTNAME, hostname);
  }

  async findRecordByAgentId(agentId: string): Promise<DeviceRecord | undefined> {
    return this.#connection.get<DeviceRecord>(sql.RECORD_BY_AGENT_ID, agentId);
  }

  async findRecordByHostOfAgent(hostname: string, agentId: string): Promise<DeviceRecord | undefined> {
    return this.#connection.get<DeviceRecord>(sql.RECORD_BY_HOST_OF_AGENT, hostname, agentId.toLowerCase());
  }

  async listRecords(): Promise<readonly DeviceRecord[]> {
    return this.#connection.all<DeviceRecord>(sql.ALL_RECORDS);
  }

  async insertSeen(hostname: string, { seconds }: WriteTime): Promise<number> {
    const row = this.#connection.get<{ rowId: number }>(sql.INSERT_SEEN, hostname, seconds);
    if (row === undefined) throw new TypeError('an insert gives back its row');
    return row.rowId;
  }

  async findMark(hostname: string): Promise<RowMark | undefined> {
    return this.#connection.get<RowMark>(sql.FIND_MARK, hostname);
  }

  async noteSeen(rowId: number, { agentId, lastSeen, lastUser }: SeenFacts): Promise<void> {
    this.#connection.run(sql.NOTE_SEEN, lastSeen || null, agentId ?? null, lastUser ?? null, rowId);
  }

  async rewrite(rowId: number, values: DeviceValues, { seconds }: WriteTime): Promise<void> {
    this.#connection.run(
      sql.REWRITE,
      values.description,
      values.memory,
      values.network,
      values.software,
      values.storage,
      values.cpu,
      values.agentHash,
      values.deviceType,
      values.domain,
      values.externalIp,
      values.internalIp,
      values.lastReboot,
      values.lastSeen,
      values.lastUser,
      values.operatingSystem,
      values.uptime,
      values.agentId,
      values.ansibleEeVer,
      values.connectionType,
      values.connectionEndpoint,
      seconds,
      rowId,
    );
  }

  async rename(rowId: number, hostname: string): Promise<void> {
    this.#connection.run(sql.RENAME, hostname, rowId);
  }

  async setGuid(rowId: number, guid: string): Promise<void> {
    this.#connection.run(sql.SET_GUID, guid, rowId);
  }

  async noteCheckIn(guid: string, { agentId, fingerprint }: NotedCheckIn, { seconds }: WriteTime): Promise<boolean> {
    return this.#connection.run(sql.NOTE_CHECK_IN, agentId, fingerprint, seconds, guid) > 0;
  }

  async recordKey(rowId: number, { fingerprint, addedAt }: UsedKey): Promise<void> {
    this.#connection.run(sql.RECORD_KEY, fingerprint, addedAt, rowId);
  }
}
