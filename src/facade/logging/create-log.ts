/** The facade's log: one JSON line per event on standard error, and in daily files when a folder is set. */
import winston from 'winston';
import { GuardedDailyFile } from '../../legacy-bridge/log-files/guarded-daily-file.js';
import type { Log } from './log.js';

export interface LogOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** Folder for `facade.log`; empty for standard error only. */
  readonly directory: string;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly stderr: NodeJS.WritableStream;
}

/** Fields whose values never reach a log, whoever passes them. */
const SECRET_FIELD = /token|secret|password|authorization|cookie|proof|private/i;
/** How often a file that stays unwritable is told. */
const TELL_EVERY_MS = 60_000;

/** Never throws for want of a writable file: a full disk costs lines, never the facade. */
export function createLog({ level, directory, monotonic, stderr }: LogOptions): Log & { close(): Promise<void> } {
  const transports = [new winston.transports.Stream({ stream: stderr, eol: '\n' })];
  const file = directory === '' ? undefined : dailyFile(directory, monotonic, stderr);
  if (file !== undefined) transports.push(new winston.transports.Stream({ stream: file, eol: '\n' }));
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), redact(), winston.format.json()),
    transports,
    exitOnError: false,
  });
  let closing: Promise<void> | undefined;
  // What comes after the end has nowhere to go; winston would end the process over it.
  const write =
    (at: LogOptions['level']): Log['info'] =>
    (message, fields) => {
      if (closing === undefined) logger.log(at, message, fields);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    close: () => {
      closing ??= (async () => {
        await new Promise((resolve) => logger.once('finish', resolve).end());
        if (file !== undefined) await new Promise((resolve) => file.end(() => resolve(undefined)));
      })();
      return closing;
    },
  };
}

function dailyFile(directory: string, monotonic: () => number, stderr: NodeJS.WritableStream): GuardedDailyFile {
  let toldAt = Number.NEGATIVE_INFINITY;
  const onFailure = (reason: string): void => {
    if (monotonic() - toldAt < TELL_EVERY_MS) return;
    toldAt = monotonic();
    stderr.write(`${JSON.stringify({ level: 'error', message: 'log-file-failed', directory, reason })}\n`);
  };
  return new GuardedDailyFile({ directory, name: 'facade.log', onFailure, monotonic });
}

const redact = winston.format((info) => {
  for (const key of Object.keys(info)) if (SECRET_FIELD.test(key)) info[key] = '<redacted>';
  return info;
});
