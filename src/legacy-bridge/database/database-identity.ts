/**
 * Which database stands at a path: its file and the two beside it, told by stat alone. Never opens any of them: closing any
 * descriptor of a file takes away all locks that the process holds on it (https://www.sqlite.org/howtocorrupt.html 2.2), and with
 * them what keeps -wal and -shm from being deleted under SQLite's own connections.
 */
import { statSync } from 'node:fs';

/** Tells a database from another that took its place, and from itself with other files beside it. */
export type DatabaseIdentity = string;

/**
 * @param main what `fileIdentity` said earlier, where the file was opened in between
 * @throws the system's error when there is no database file
 */
export function databaseIdentity(file: string, main = fileIdentity(file)): DatabaseIdentity {
  return [main, ...['-wal', '-shm'].map((ending) => identityIfThere(`${file}${ending}`))].join(' ');
}

/** @throws the system's error when there is no such file */
export function fileIdentity(file: string): string {
  const { dev, ino } = statSync(file, { bigint: true });
  return `${dev}:${ino}`;
}

function identityIfThere(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? 'absent' : `${found.dev}:${found.ino}`;
}
