/** What a database file holds, so that a test can show that nothing was left in it. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';

/** Digests of the file and its WAL, and every row of every table. Equal traces: nothing was written. */
export interface DatabaseTrace {
  readonly file: string;
  readonly wal: string;
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
}

export function traceDatabase(file: string): DatabaseTrace {
  const db = new Database(file, { readonly: true });
  try {
    const names = db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .pluck()
      .all() as string[];
    const rows = names.map((name) => [name, db.prepare(`SELECT rowid, * FROM "${name}"`).safeIntegers().raw().all()]);
    return { file: digestOf(file), wal: digestOf(`${file}-wal`), rows: Object.fromEntries(rows) };
  } finally {
    db.close();
  }
}

function digestOf(file: string): string {
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : '';
}
