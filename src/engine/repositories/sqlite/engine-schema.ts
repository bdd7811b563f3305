/**
 * The engine's own table beside the legacy's: the status of devices whose rows were deleted. A trigger keeps it, so that it
 * also knows what the legacy deletes, and while no engine runs. Additive: the legacy sees neither.
 */
import type { SqliteConnection } from './sqlite-connection.js';

const KEPT_STATUS = `
  CREATE TABLE IF NOT EXISTS engine_kept_status (
    guid TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    kept_at INTEGER NOT NULL
  )`;

/** A row that was active when it went leaves nothing, and takes back what an earlier one left. */
const KEEP_STATUS = `
  CREATE TRIGGER IF NOT EXISTS engine_keep_status AFTER DELETE ON devices WHEN OLD.guid IS NOT NULL
  BEGIN
    DELETE FROM engine_kept_status WHERE guid = UPPER(OLD.guid);
    INSERT INTO engine_kept_status (guid, status, kept_at)
      SELECT UPPER(OLD.guid), OLD.status, CAST(strftime('%s', 'now') AS INTEGER)
      WHERE LOWER(TRIM(COALESCE(OLD.status, ''))) NOT IN ('', 'active');
  END`;

const HAS_KEPT_STATUS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'engine_kept_status'";

/** False on a file that the engine was told not to migrate. */
export function hasKeptStatus(connection: SqliteConnection): boolean {
  return connection.get(HAS_KEPT_STATUS) !== undefined;
}

/** Repeatable. Needs the table `devices`, and the write lock. */
export function createEngineSchema(connection: SqliteConnection): void {
  connection.exec(KEPT_STATUS);
  connection.exec(KEEP_STATUS);
}
