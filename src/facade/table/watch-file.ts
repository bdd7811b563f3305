/**
 * Tells when a file may have changed: by events of its directory (editors and mounted
 * configuration replace files, so the file's own events end), and by asking now and then, for where no events come.
 */
import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../logging/log.js';

/** Events come in bursts; one look follows the last. */
const DEBOUNCE_MS = 20;

export interface FileWatch {
  close(): void;
}

/**
 * @param pollMs how often `look` is called without an event, in milliseconds
 * @param look must not throw; is called again while an earlier call is still at work
 */
export function watchFile(file: string, { pollMs, log }: { pollMs: number; log: Log }, look: () => void): FileWatch {
  let pending: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(pending);
    pending = setTimeout(look, DEBOUNCE_MS);
    pending.unref();
  };
  const watcher = watchDirectory(dirname(file), log, soon);
  const poll = setInterval(look, pollMs);
  poll.unref();
  return {
    close() {
      clearTimeout(pending);
      clearInterval(poll);
      watcher?.close();
    },
  };
}

/** Without events the file is still polled, so that a failure here is worth a warning and no more. */
function watchDirectory(directory: string, log: Log, changed: () => void): FSWatcher | undefined {
  const warn = (error: unknown) => log.warn('table watch', { directory, error: String(error) });
  try {
    const watcher = watch(directory, { persistent: false }, changed);
    watcher.on('error', warn);
    return watcher;
  } catch (error) {
    warn(error);
    return undefined;
  }
}
