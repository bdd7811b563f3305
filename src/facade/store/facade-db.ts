/** Opens facade.db, the facade's own SQLite file. Never the legacy's database. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AuditRepository } from './audit-repository.js';
import { GuardRepository } from './guard-repository.js';
import { FACADE_MIGRATIONS } from './migrations.js';
import { StoreError } from './store-error.js';
import { TableVersionRepository } from './table-version-repository.js';

/** How long a write waits for another process's lock, in milliseconds. Short: the wait stops the event loop. */
const BUSY_MS = 50;

export interface FacadeDb {
  /** Versions of the migration table. */
  readonly history: TableVersionRepository;
  readonly audit: AuditRepository;
  readonly guard: GuardRepository;
  close(): void;
}

/**
 * Opens the file and brings its schema up to date; makes it, and its directory, when absent.
 * Only its owner can read it (mode 0600): it tells who did what.
 * @throws StoreError
 */
export function openFacadeDb(path: string): FacadeDb {
  const database = openDatabase(path);
  try {
    migrate(database, path);
    return {
      history: new TableVersionRepository(database),
      audit: new AuditRepository(database),
      guard: new GuardRepository(database),
      close: () => void database.close(),
    };
  } catch (error) {
    database.close();
    throw error instanceof StoreError ? error : new StoreError('store_unusable', path, error);
  }
}

function openDatabase(path: string): Database.Database {
  try {
    if (path !== ':memory:') {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      // Before SQLite opens it: its -wal and -shm files take their mode from this one.
      closeSync(openSync(path, 'a', 0o600));
      chmodSync(path, 0o600);
    }
    return new Database(path, { timeout: BUSY_MS });
  } catch (error) {
    throw new StoreError('store_unusable', path, error);
  }
}

function migrate(database: Database.Database, path: string): void {
  database.pragma('journal_mode = WAL');
  // A kept version must survive a power cut as the renamed table file does.
  database.pragma('synchronous = FULL');
  const step = database.transaction(() => {
    const done = Number(database.pragma('user_version', { simple: true }));
    if (done > FACADE_MIGRATIONS.length)
      throw new StoreError(
        'store_too_new',
        `${path} has schema ${done}, this release knows ${FACADE_MIGRATIONS.length}`,
      );
    for (const sql of FACADE_MIGRATIONS.slice(done)) database.exec(sql);
    database.pragma(`user_version = ${FACADE_MIGRATIONS.length}`);
  });
  step.immediate();
  giveBackFreePages(database);
}

/** Removed comparisons must shrink the file. A file that was made without this is rewritten, once. */
function giveBackFreePages(database: Database.Database): void {
  if (Number(database.pragma('auto_vacuum', { simple: true })) === INCREMENTAL) return;
  database.pragma(`auto_vacuum = ${INCREMENTAL}`);
  database.exec('VACUUM');
}

const INCREMENTAL = 2;
