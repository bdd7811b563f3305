/**
 * How long the event loop's thread was ready to run and had to wait for a core: what a busy machine costs its clients, even
 * where the event loop itself looks idle enough. Linux tells it for the main thread.
 */
import { readFileSync } from 'node:fs';

/** Run time, waiting time in a run queue, number of turns; the times in nanoseconds. */
const FILE = '/proc/self/schedstat';

export class CoreWait {
  readonly #read: () => string;
  #last: number | undefined;

  /** @param read what the file says; throws where there is none */
  constructor(read: () => string = () => readFileSync(FILE, 'latin1')) {
    this.#read = read;
    this.#last = this.#waited();
  }

  /** Milliseconds of waiting since the last call; 0 where it can't be known. */
  since(): number {
    const last = this.#last;
    if (last === undefined) return 0;
    this.#last = this.#waited();
    return this.#last === undefined ? 0 : (this.#last - last) / 1e6;
  }

  #waited(): number | undefined {
    try {
      const waited = Number(this.#read().split(' ')[1]);
      return Number.isFinite(waited) ? waited : undefined;
    } catch {
      return undefined; // Not on Linux, or a kernel that does not tell.
    }
  }
}
