/** Where versions of the table are kept. Interface; facade.db implements it (src/facade/store). */
import type { TableVersion } from './migration-table-store.js';

/** A version to be kept. */
export interface NewTableVersion extends TableVersion {
  /** The whole file. */
  readonly text: string;
}

/** Append-only. Calls are synchronous: they are few, small and local. */
export interface TableHistory {
  newest(): TableVersion | undefined;
  /** Newest first. */
  list(limit: number): readonly TableVersion[];
  /** The file as that version had it; undefined when no such version is kept. */
  textOf(version: number): string | undefined;
  /**
   * Keeps a version. Either the version is kept and `publish` has returned, or this throws; a failure
   * of the commit after `publish` has returned is the one case in which the caller must take back what it published.
   */
  append(version: NewTableVersion, publish?: () => void): void;
}
