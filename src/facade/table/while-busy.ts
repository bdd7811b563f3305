/** Tries a change again while facade.db is locked: the thread that writes comparisons holds it for milliseconds, on a busy machine for more. */
import { setTimeout as pause } from 'node:timers/promises';
import { TableError } from './table-error.js';

const TRIES = 5;
/** Between two tries; the event loop turns meanwhile. */
const PAUSE_MS = 100;

/** @throws what the action throws, when it is not a lock or the lock stays */
export async function whileBusy<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt === TRIES || !isBusy(error)) throw error;
    }
    await pause(PAUSE_MS);
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof TableError) || error.code !== 'history_write_failed') return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_BUSY');
}
