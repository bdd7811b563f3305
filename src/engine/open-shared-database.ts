/** Opens the file that both sides write, brings it to the shared schema, and hands out its unit of work. */
import { randomUUID } from 'node:crypto';
import { migrate } from '../legacy-bridge/schema/migrate.js';
import type { EngineSettings } from './config/engine-settings.js';
import type { EngineLog } from './logging/engine-log.js';
import type { DryRunDatabase } from './repositories/dry-run-unit-of-work.js';
import { databaseError } from './repositories/sqlite/database-error.js';
import { createEngineSchema } from './repositories/sqlite/engine-schema.js';
import { OpenedFile } from './repositories/sqlite/opened-file.js';
import { type BusyRetry, isBusy, retryWhileBusy } from './repositories/sqlite/retry-while-busy.js';
import {
  openSqlite,
  type SqliteConnection,
  sqliteVersion,
  writesWalSafely,
} from './repositories/sqlite/sqlite-connection.js';
import { SqliteDryRunDatabase } from './repositories/sqlite/sqlite-dry-run-database.js';
import { SqliteUnitOfWork } from './repositories/sqlite/sqlite-unit-of-work.js';
import { WriteTurns } from './repositories/sqlite/write-turns.js';
import type { UnitOfWork } from './repositories/unit-of-work.js';

export interface SharedDatabase {
  readonly unitOfWork: UnitOfWork;
  readonly dryRuns: DryRunDatabase;
  readonly sqliteVersion: string;
  /** What was opened, for who wants to know whether it still is what others open. */
  readonly file: OpenedFile;
  close(): void;
}

export interface DatabaseSurroundings {
  readonly log: EngineLog;
  readonly monotonic: () => number;
  readonly jitter: () => number;
}

/** The legacy's own start may hold the lock for long while it migrates. */
const START_DEADLINE_MS = 60_000;

/** What a dry run may tell of rows; a report of a device changes a few, of some hundred kilobytes. */
const TOLD = { mostRows: 2000, mostBytes: 32_000_000 } as const;

/** @throws EngineError `database_busy`, `database_unavailable`; SchemaError */
export async function openSharedDatabase(
  { path, autoMigrate, busyDeadlineMs, dryRun }: EngineSettings['database'],
  { log, monotonic, jitter }: DatabaseSurroundings,
): Promise<SharedDatabase> {
  const opened: { close(): void }[] = [];
  const close = (): void => {
    for (const connection of opened) connection.close();
  };
  const patient: BusyRetry = { deadlineMs: START_DEADLINE_MS, monotonic, jitter };
  try {
    const writer = await openSqlite(path, 'write', patient);
    opened.push(writer);
    const file = new OpenedFile(path);
    const version = sqliteVersion(writer);
    tellVersion(version, log);
    if (autoMigrate) await runMigrations(writer, patient, log);
    else log.info('migrations-skipped');
    const reader = await openSqlite(path, 'read', patient);
    opened.push(reader);
    const turns = new WriteTurns();
    const unitOfWork = new SqliteUnitOfWork(reader, writer, turns, { deadlineMs: busyDeadlineMs, monotonic, jitter });
    const limits = { ...dryRun, ...TOLD };
    const dryRuns = new SqliteDryRunDatabase({ path, committed: unitOfWork, turns, limits, monotonic, jitter });
    opened.push(dryRuns);
    return { unitOfWork, dryRuns, sqliteVersion: version, file, close };
  } catch (error) {
    close();
    throw databaseError(error);
  }
}

/**
 * Where nothing is missing no lock is taken: whoever holds it for long keeps no engine from coming up.
 * @throws SchemaError, after which nothing has changed
 */
export async function runMigrations(connection: SqliteConnection, retry: BusyRetry, log: EngineLog): Promise<void> {
  log.info('migrations-start');
  try {
    await migrateWithin('BEGIN', connection, { ...retry, deadlineMs: 0 }, log);
  } catch (error) {
    if (!isBusy(error)) throw error;
    await migrateWithin('BEGIN IMMEDIATE', connection, retry, log);
  }
}

async function migrateWithin(begin: string, connection: SqliteConnection, retry: BusyRetry, log: EngineLog) {
  await retryWhileBusy(() => connection.exec(begin), retry);
  try {
    const { changes, skipped } = migrate(connection, randomUUID);
    createEngineSchema(connection);
    await retryWhileBusy(() => connection.exec('COMMIT'), retry);
    for (const change of changes) log.info(`migration-applied ${change}`);
    for (const skip of skipped) log.warn(`migration-skipped ${skip}: existing rows contradict it`);
    log.info(`migrations-complete changes=${changes.length}`);
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

function tellVersion(version: string, log: EngineLog): void {
  log.info(`sqlite-version engine=${version}`);
  if (!writesWalSafely(version))
    log.warn(
      `sqlite-version-unsafe ${version}: two processes that write one WAL file need 3.51.3 or newer; keep backups`,
    );
}
