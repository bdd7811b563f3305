import type { Log } from '../../src/facade/logging/log.js';

/** A log that keeps nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** One kept entry. */
export interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** A log that keeps what it is told; `told` waits for the first entry of a message, past or future, and gives its fields. */
export function recordingLog(): Log & {
  readonly entries: LogEntry[];
  told(message: string): Promise<LogEntry['fields']>;
} {
  const entries: LogEntry[] = [];
  const waiting = new Set<(entry: LogEntry) => void>();
  const keep = (level: string) => (message: string, fields?: LogEntry['fields']) => {
    const entry = { level, message, fields };
    entries.push(entry);
    for (const take of waiting) take(entry);
  };
  const told = (message: string) =>
    new Promise<LogEntry['fields']>((resolve) => {
      const known = entries.find((entry) => entry.message === message);
      if (known) return resolve(known.fields);
      const take = (entry: LogEntry) => {
        if (entry.message !== message) return;
        waiting.delete(take);
        resolve(entry.fields);
      };
      waiting.add(take);
    });
  return { entries, told, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}
