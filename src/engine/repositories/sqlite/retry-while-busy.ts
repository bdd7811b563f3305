/** Waits for another process's lock without standing in the event loop: SQLite's own timeout would stop every request. */
import Database from 'better-sqlite3';

export interface BusyRetry {
  /** Longest wait in milliseconds. */
  readonly deadlineMs: number;
  readonly monotonic: () => number;
  /** 0 to 1, so that waiting processes do not keep in step. */
  readonly jitter: () => number;
}

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/**
 * Calls `work` again while it fails for a lock.
 * @param startedAt when the deadline began, for work that had to queue
 * @throws the last SQLITE_BUSY after the deadline; any other error at once
 */
export async function retryWhileBusy<T>(
  work: () => T | Promise<T>,
  { deadlineMs, monotonic, jitter }: BusyRetry,
  startedAt = monotonic(),
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || monotonic() - startedAt >= deadlineMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + jitter())));
  }
}

/** SQLITE_BUSY and its extended codes: recovery, snapshot, timeout. */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
}
