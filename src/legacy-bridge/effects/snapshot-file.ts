/** Whether a database may be opened for a snapshot without any effect on those who write it. Opens nothing itself: see database-identity.ts. */
import { accessSync, constants } from 'node:fs';
import { type DatabaseIdentity, databaseIdentity } from '../database/database-identity.js';
import { EffectsError } from './effects-error.js';

/** @throws EffectsError which says what stands in the way */
export function checkSnapshotFile(file: string): DatabaseIdentity {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw unopened(file, error);
  }
  const index = `${file}-shm`;
  try {
    accessSync(index, constants.R_OK | constants.W_OK);
    accessSync(`${file}-wal`, constants.R_OK);
  } catch (error) {
    if (isCode(error, 'ENOENT'))
      throw new EffectsError(
        'database_not_open',
        `${file}: no process has it open in WAL mode, and a reader would make its files`,
      );
    const user = process.getuid?.() ?? 'this one';
    throw new EffectsError(
      'database_unreadable',
      `user ${user} may not read ${file}-wal or write ${index}, in which readers mark their snapshots`,
      { cause: error },
    );
  }
  try {
    return databaseIdentity(file);
  } catch (error) {
    throw unopened(file, error);
  }
}

function unopened(file: string, cause: unknown): EffectsError {
  if (isCode(cause, 'ENOENT')) return new EffectsError('database_absent', `there is no ${file}`, { cause });
  const why = cause instanceof Error ? cause.message : String(cause);
  return new EffectsError('database_unreadable', `${file} can't be read: ${why}`, { cause });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
