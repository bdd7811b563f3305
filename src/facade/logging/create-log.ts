/** The facade's log: one JSON line per event on standard error, and in daily files when a folder is set. */
import winston from 'winston';
import DailyRotateFile from 'winston-daily-rotate-file';
import type { Log } from './log.js';

export interface LogOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** Folder for `facade-YYYY-MM-DD.log`; empty for standard error only. */
  readonly directory: string;
}

/** Fields whose values never reach a log, whoever passes them. */
const SECRET_FIELD = /token|secret|password|authorization|cookie|proof|private/i;

export function createLog({ level, directory }: LogOptions): Log & { close(): Promise<void> } {
  const transports: winston.transport[] = [
    new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] }),
  ];
  if (directory !== '') transports.push(dailyFile(directory));
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), redact(), winston.format.json()),
    transports,
  });
  return {
    debug: (message, fields) => void logger.debug(message, fields),
    info: (message, fields) => void logger.info(message, fields),
    warn: (message, fields) => void logger.warn(message, fields),
    error: (message, fields) => void logger.error(message, fields),
    close: () =>
      new Promise((resolve) => {
        logger.once('finish', resolve);
        logger.end();
      }),
  };
}

/** A file that can't be written (full disk, folder gone) is told on standard error once a minute and stops nothing. */
function dailyFile(dirname: string): DailyRotateFile {
  const transport = new DailyRotateFile({
    dirname,
    filename: 'facade-%DATE%.log',
    datePattern: 'YYYY-MM-DD',
    maxFiles: 30,
  });
  let toldAt = Number.NEGATIVE_INFINITY;
  transport.on('error', (error) => {
    if (performance.now() - toldAt < 60_000) return;
    toldAt = performance.now();
    process.stderr.write(`${JSON.stringify({ level: 'error', message: 'log-file-failed', reason: error.message })}\n`);
  });
  return transport;
}

const redact = winston.format((info) => {
  for (const key of Object.keys(info)) if (SECRET_FIELD.test(key)) info[key] = '<redacted>';
  return info;
});
