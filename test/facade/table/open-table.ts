/** A live migration table in a directory of its own, with a real facade.db. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../../src/facade/logging/log.js';
import { type FacadeDb, openFacadeDb } from '../../../src/facade/store/facade-db.js';
import type { MigrationTableStore } from '../../../src/facade/table/migration-table-store.js';
import { openMigrationTable } from '../../../src/facade/table/open-migration-table.js';
import type { TableHistory } from '../../../src/facade/table/table-history.js';
import type { TableSnapshot } from '../../../src/facade/table/table-snapshot.js';
import { silentLog } from '../../kit/silent-log.js';

export const SMALL_TABLE = `# The head.
version: 1
defaults: { stage: legacy, timeoutMs: 5000 }
groups:
  pair: { stage: legacy } # flips as one
  readers:
    # of the registry
    stage: legacy
    requires: [{ id: sockets, atLeast: engine }]
routes:
  - { id: inline, match: GET /inline, stage: legacy } # about inline
  - id: block
    match: [GET /block, "POST /block/:id(int)"]
    stage: legacy   # about block
    fallback: none
  - { id: first,  match: POST /first,  group: pair }
  - { id: second, match: POST /second, group: pair }
  - { id: agents, match: GET /agents, group: readers }
  - { id: later, match: GET /later, stage: legacy, requires: [{ id: inline, atLeast: canary }] }
sockets:
  stage: legacy
`;

export interface OpenTable {
  readonly directory: string;
  readonly file: string;
  readonly store: MigrationTableStore;
  readonly db: FacadeDb;
  text(): string;
  write(text: string): void;
  close(): Promise<void>;
}

export interface OpenTableOptions {
  readonly text?: string;
  /** An existing directory, to open a second time what was closed. */
  readonly directory?: string;
  readonly log?: Log;
  readonly history?: (history: TableHistory) => TableHistory;
  readonly now?: () => number;
  /** Long by default, so that what is seen was brought by events or by flips. */
  readonly pollMs?: number;
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'facade-table-'));
}

export async function openTable(options: OpenTableOptions = {}): Promise<OpenTable> {
  const directory = options.directory ?? temporaryDirectory();
  const file = join(directory, 'migration-table.yaml');
  if (options.text !== undefined || options.directory === undefined) writeFileSync(file, options.text ?? SMALL_TABLE);
  const db = openFacadeDb(join(directory, 'facade.db'));
  try {
    const store = await openMigrationTable({
      file,
      history: options.history?.(db.history) ?? db.history,
      log: options.log ?? silentLog,
      now: options.now ?? (() => Date.UTC(2025, 10, 25)),
      pollMs: options.pollMs ?? 60_000,
    });
    return {
      directory,
      file,
      store,
      db,
      text: () => readFileSync(file, 'utf8'),
      write: (text) => writeFileSync(file, text),
      async close() {
        await store.close();
        db.close();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The next snapshot that comes into force. */
export function nextSnapshot(store: MigrationTableStore): Promise<TableSnapshot> {
  return new Promise((resolve) => {
    const stop = store.onChange((next) => {
      stop();
      resolve(next);
    });
  });
}

export function stageOf(snapshot: TableSnapshot, id: string): string | undefined {
  return [...snapshot.routes, snapshot.defaultRow].find((row) => row.id === id)?.stage;
}

/** Matches a TableError's code, for assert.rejects and assert.throws. */
export function code(expected: string, message = /./) {
  return (error: unknown): boolean => {
    const { code: actual, message: text } = error as { code?: unknown; message: string };
    if (actual !== expected || !message.test(text)) throw error;
    return true;
  };
}
