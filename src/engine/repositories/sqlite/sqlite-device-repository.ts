/** `devices` in SQLite. */
import type { DeviceCredentialRow, DeviceRepository } from '../device-repository.js';
import type { SqliteConnection } from './sqlite-connection.js';

const FIND_CREDENTIAL = `
  SELECT guid, ssl_key_fingerprint AS fingerprint, token_version AS tokenVersion, status
  FROM devices WHERE guid = ?`;

export class SqliteDeviceRepository implements DeviceRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async findCredentialByGuid(guid: string): Promise<DeviceCredentialRow | undefined> {
    return this.#connection.get<DeviceCredentialRow>(FIND_CREDENTIAL, guid);
  }
}
