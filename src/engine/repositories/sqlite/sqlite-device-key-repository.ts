/** `device_keys` in SQLite. */
import type { DeviceKeyRepository, NewDeviceKey } from '../device-key-repository.js';
import type { SqliteConnection } from './sqlite-connection.js';

const INSERT_IF_MISSING = `
  INSERT OR IGNORE INTO device_keys (id, guid, ssl_key_fingerprint, added_at) VALUES (?, ?, ?, ?)`;

const RETIRE_OTHERS = `
  UPDATE device_keys SET retired_at = ?
  WHERE UPPER(guid) = UPPER(?) AND ssl_key_fingerprint <> ? AND retired_at IS NULL`;

export class SqliteDeviceKeyRepository implements DeviceKeyRepository {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async insertIfMissing({ id, guid, fingerprint, addedAt }: NewDeviceKey): Promise<void> {
    this.#connection.run(INSERT_IF_MISSING, id, guid, fingerprint, addedAt);
  }

  async retireOthers(guid: string, fingerprint: string, retiredAt: string): Promise<void> {
    this.#connection.run(RETIRE_OTHERS, retiredAt, guid, fingerprint);
  }
}
