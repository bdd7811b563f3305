/**
 * Writes to the devices' rows who was seen, a moment after it was said: heartbeats of a fleet become few transactions. Newer news of
 * a hostname takes the place of older. What is pending is written before the engine ends.
 */
import { EngineError } from '../domain/engine-error.js';
import type { PresenceNote } from '../domain/presence.js';
import type { EngineLog } from '../logging/engine-log.js';
import type { DeviceRepository } from '../repositories/device-repository.js';
import type { UnitOfWork } from '../repositories/unit-of-work.js';
import { persistPresence } from './persist-presence.js';
import type { Clock, PresenceSink } from './request-context.js';
import { writeTime } from './write-time.js';

export interface PresenceWriterOptions {
  /** Longest time from news to its transaction, in milliseconds. */
  readonly delayMs: number;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly log: EngineLog;
  /** Pause after a write that failed for the database. Default 1 s. */
  readonly retryMs?: number;
}

/** Rows of one transaction: others must not wait long for the lock. */
const MOST_IN_ONE = 200;
/** Hostnames that wait; strangers can name any number of them. */
const MOST_PENDING = 100_000;
/** Rows that are known to be straight; a fleet. */
const MOST_MARKS = 100_000;
/** Tries at the end, each as long as a write waits for the database. */
const LAST_TRIES = 3;

export class PresenceWriter implements PresenceSink {
  readonly #options: PresenceWriterOptions;
  #pending = new Map<string, PresenceNote>();
  /** By hostname: the row's mark when it was last left straight. */
  readonly #straight = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: PresenceWriterOptions) {
    this.#options = options;
  }

  /** Hostnames of which something is to be written. */
  get pending(): number {
    return this.#pending.size;
  }

  async note(note: PresenceNote): Promise<void> {
    if (this.#pending.size >= MOST_PENDING && !this.#pending.has(note.hostname)) {
      this.#options.log.warn(`presence-dropped more than ${MOST_PENDING} hostnames wait to be written`);
      return;
    }
    this.#pending.set(note.hostname, { ...this.#pending.get(note.hostname), ...note });
    this.#schedule(this.#options.delayMs);
  }

  /** Resolves when what was pending is written, or could not be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  /** Writes all that is pending; what can't be written is told. */
  async close(): Promise<void> {
    for (let tries = 0; tries < LAST_TRIES; tries += 1) {
      await this.flush();
      if (this.#pending.size === 0) break;
    }
    this.#closed = true;
    clearTimeout(this.#timer);
    if (this.#pending.size > 0)
      this.#options.log.error(`presence-lost hostnames=${this.#pending.size}: the database could not be written`);
  }

  #schedule(delayMs: number): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, delayMs);
  }

  async #writeAll(): Promise<void> {
    const notes = [...this.#pending.values()];
    this.#pending = new Map();
    for (let at = 0; at < notes.length; at += MOST_IN_ONE) {
      const written = await this.#write(notes.slice(at, at + MOST_IN_ONE));
      if (written) continue;
      this.#putBack(notes.slice(at));
      this.#schedule(this.#options.retryMs ?? 1000);
      return;
    }
  }

  /** What has come meanwhile is newer. */
  #putBack(notes: readonly PresenceNote[]): void {
    for (const note of notes) this.#pending.set(note.hostname, { ...note, ...this.#pending.get(note.hostname) });
  }

  /** @returns false when the database is at fault: nothing was written, and trying again may help */
  async #write(notes: readonly PresenceNote[]): Promise<boolean> {
    const { unitOfWork, log } = this.#options;
    try {
      await unitOfWork.write(async ({ devices }) => {
        for (const note of notes) await this.#writeOne(note, devices);
      });
      return true;
    } catch (error) {
      if (error instanceof EngineError && (error.code === 'database_busy' || error.code === 'database_unavailable')) {
        log.warn(`presence-delayed hostnames=${notes.length} code=${error.code} cause=${String(error.cause)}`);
        return false;
      }
      const [only, ...others] = notes;
      if (only !== undefined && others.length === 0) {
        log.warn(`presence-unwritable hostname=${JSON.stringify(only.hostname)} ${String(error)}`);
        return true;
      }
      // One row that can't be written must not keep the others from it.
      for (const [at, note] of notes.entries())
        if (!(await this.#write([note]))) {
          this.#putBack(notes.slice(at + 1));
          return false;
        }
      return true;
    }
  }

  /** A row that is as it was left needs no reading of its lists, which are long. */
  async #writeOne(note: PresenceNote, devices: DeviceRepository): Promise<void> {
    const found = await devices.findMark(note.hostname);
    if (found !== undefined && this.#straight.get(note.hostname) === `${found.rowId} ${found.mark}`) {
      await devices.noteSeen(found.rowId, { agentId: note.agentId, lastSeen: note.lastSeen, lastUser: note.lastUser });
      return;
    }
    await persistPresence(note, devices, writeTime(this.#options.clock.now()));
    const left = await devices.findMark(note.hostname);
    this.#straight.delete(note.hostname);
    if (left !== undefined) this.#straight.set(note.hostname, `${left.rowId} ${left.mark}`);
    for (const oldest of this.#straight.keys()) {
      if (this.#straight.size <= MOST_MARKS) break;
      this.#straight.delete(oldest);
    }
  }
}
