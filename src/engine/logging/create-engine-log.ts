/** Makes the engine's log: winston writing the daily file, and standard error for warnings and worse. */
import { Console } from 'node:console';
import winston from 'winston';
import { GuardedDailyFile } from '../../legacy-bridge/log-files/guarded-daily-file.js';
import type { EngineLog } from './engine-log.js';
import { formatLine } from './format-line.js';

export interface EngineLogOptions {
  /** Folder of `engine.log`; made when absent. */
  readonly directory: string;
  /** Debug lines too. Default false. */
  readonly debug: boolean;
  readonly now: () => Date;
  readonly monotonic: () => number;
  /** Where the log tells that the file can't be written, and repeats warnings and errors. */
  readonly stderr: NodeJS.WritableStream;
}

/** How often a file that stays unwritable is told. */
const TELL_EVERY_MS = 60_000;

/** Never throws for want of a writable file. */
export function createEngineLog(options: EngineLogOptions): EngineLog & { close(): Promise<void> } {
  const { directory, debug, now, monotonic, stderr } = options;
  const terminal = new Console({ stdout: stderr, stderr, ignoreErrors: true });
  let toldAt = Number.NEGATIVE_INFINITY;
  const onFailure = (reason: string): void => {
    if (monotonic() - toldAt < TELL_EVERY_MS) return;
    toldAt = monotonic();
    terminal.error(formatLine(now(), `log-file-failed directory=${directory} reason=${reason}`));
  };
  const line = winston.format.printf(({ message }) => formatLine(now(), String(message)));
  const file = new GuardedDailyFile({ directory, name: 'engine.log', onFailure, monotonic });
  const logger = winston.createLogger({
    level: debug ? 'debug' : 'info',
    format: line,
    transports: [new winston.transports.Stream({ stream: file, eol: '\n' })],
    exitOnError: false,
  });
  let closing: Promise<void> | undefined;
  const repeat = (message: string): void => terminal.error(formatLine(now(), message));
  // A request that was cut off at the end may still say so; writing after the end would be an error of the logger's.
  const write = (level: 'debug' | 'info' | 'warn' | 'error', message: string): void => {
    if (closing === undefined) logger[level](message);
  };
  return {
    debug: (message) => write('debug', message),
    info: (message) => write('info', message),
    warn: (message) => {
      write('warn', message);
      repeat(message);
    },
    error: (message) => {
      write('error', message);
      repeat(message);
    },
    close: () => {
      closing ??= (async () => {
        await new Promise((resolve) => logger.once('finish', resolve).end());
        await new Promise((resolve) => file.end(() => resolve(undefined)));
      })();
      return closing;
    },
  };
}
