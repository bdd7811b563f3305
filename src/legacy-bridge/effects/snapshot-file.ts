/** Whether a database may be opened for a snapshot without any effect on those who write it. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { EffectsError } from './effects-error.js';

/** Tells a file from another that took its place. */
export type FileIdentity = string;

/** https://www.sqlite.org/fileformat.html#file_format_version_numbers */
const HEADER = { bytes: 100, magic: 'SQLite format 3\0', writeVersion: 18, wal: 2 } as const;

/** @throws EffectsError which says what stands in the way */
export function checkSnapshotFile(file: string): FileIdentity {
  const identity = identityOf(file);
  const header = readHeader(file);
  if (header.subarray(0, 16).toString('latin1') !== HEADER.magic)
    throw new EffectsError('database_unreadable', `${file} is no SQLite database`);
  if (header[HEADER.writeVersion] !== HEADER.wal)
    throw new EffectsError('database_not_wal', `${file} is not in WAL mode: a snapshot would lock its writers out`);
  const index = `${file}-shm`;
  try {
    accessSync(index, constants.R_OK | constants.W_OK);
    accessSync(`${file}-wal`, constants.R_OK);
  } catch (error) {
    if (isCode(error, 'ENOENT'))
      throw new EffectsError('database_not_open', `${file}: no process has it open, and a reader would make its files`);
    const user = process.getuid?.() ?? 'this one';
    throw new EffectsError(
      'database_unreadable',
      `user ${user} may not read ${file}-wal or write ${index}, in which readers mark their snapshots`,
      { cause: error },
    );
  }
  return identity;
}

function identityOf(file: string): FileIdentity {
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    throw unopened(file, error);
  }
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(HEADER.bytes);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    throw unopened(file, error);
  }
  try {
    readSync(descriptor, header, 0, HEADER.bytes, 0);
    return header;
  } finally {
    closeSync(descriptor);
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
