/**
 * The log file of the day, named as the legacy names its own: `engine.log` is a link to `engine.log.YYYY-MM-DD`, 30 older
 * days are kept, a new one begins at local midnight. Owns winston-daily-rotate-file and guards it: its stream reports errors where nobody hears them,
 * and is dead after the first one. Here a failed file is dropped and opened anew after a pause; a full disk costs lines,
 * never the server.
 */
import type { EventEmitter } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import DailyRotateFile from 'winston-daily-rotate-file';

/** Today's file and 30 older ones. */
const FILES_KEPT = 31;
const REOPEN_AFTER_MS = 1000;
/** The key under which winston's transports find the formatted line. */
const MESSAGE = Symbol.for('message');

export interface GuardedDailyFileOptions {
  readonly directory: string;
  /** Name of the live file, such as `engine.log`. */
  readonly name: string;
  /** Told of each failure to open or write; must not log through this transport. */
  readonly onFailure: (reason: string) => void;
  /** Monotonic milliseconds, for the pause before reopening. */
  readonly monotonic: () => number;
}

export class GuardedDailyFile extends Writable {
  readonly #options: GuardedDailyFileOptions;
  #file: DailyRotateFile | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(options: GuardedDailyFileOptions) {
    super();
    this.#options = options;
    this.#open();
  }

  /** Takes one line per chunk. */
  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    if (this.#file === undefined && this.#options.monotonic() - this.#failedAt >= REOPEN_AFTER_MS) this.#open();
    try {
      // Changing to a new day's file makes folders and may throw.
      this.#file?.log?.({ [MESSAGE]: String(chunk).trimEnd() }, () => undefined);
    } catch (error) {
      this.#failed(error);
    }
    done();
  }

  override _final(done: () => void): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) {
      done();
      return;
    }
    // A file that fails at its end has ended too.
    streamOf(file).once('error', () => done());
    file.once('finish', () => done());
    file.close?.();
  }

  #open(): void {
    const { directory, name } = this.#options;
    try {
      mkdirSync(directory, { recursive: true });
      setAsideOrdinaryFile(join(directory, name));
      const file = new DailyRotateFile({
        dirname: directory,
        filename: `${name}.%DATE%`,
        datePattern: 'YYYY-MM-DD',
        maxFiles: FILES_KEPT,
        createSymlink: true,
        symlinkName: name,
        auditFile: join(directory, `.${name}-audit.json`),
        options: { flags: 'a', mode: 0o640 },
      });
      const failed = (error: unknown): void => {
        if (this.#file === file) this.#failed(error);
      };
      file.on('error', failed);
      streamOf(file).on('error', failed);
      this.#file = file;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#file = undefined;
    this.#failedAt = this.#options.monotonic();
    this.#options.onFailure(error instanceof Error ? error.message : String(error));
  }
}

/** The stream whose errors the library does not pass on. */
function streamOf(file: DailyRotateFile): EventEmitter {
  const { logStream } = file as unknown as { logStream: EventEmitter };
  return logStream;
}

/** An earlier release wrote the live file as a plain file: it becomes the file of the day of its last line. */
function setAsideOrdinaryFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return;
  const day = `${found.mtime.getFullYear()}-${String(found.mtime.getMonth() + 1).padStart(2, '0')}-${String(found.mtime.getDate()).padStart(2, '0')}`;
  for (let n = 0; ; n += 1) {
    const aside = `${path}.${day}${n === 0 ? '' : `-${n}`}`;
    if (lstatSync(aside, { throwIfNoEntry: false }) !== undefined) continue;
    renameSync(path, aside);
    chmodSync(aside, 0o640);
    return;
  }
}
