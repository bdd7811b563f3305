/**
 * Work for when clients have what they asked for. An answer that was written is with its client only once the facade lets go of
 * its core: on a full machine whatever is done in the same breath comes before the client reads it.
 */

/** Enough for a client on the same machine to read, and little against what may change in the database meanwhile. */
const GRACE_MS = 4;

export class Afterwards {
  #jobs: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param job must not throw */
  add(job: () => void): void {
    if (this.#closed) job();
    else this.#wait(job);
  }

  #wait(job: () => void): void {
    this.#jobs.push(job);
    this.#timer ??= setTimeout(() => this.#run(), GRACE_MS);
  }

  /** Does at once what waits, and from now on whatever comes. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#run();
  }

  #run(): void {
    this.#timer = undefined;
    for (const job of this.#jobs.splice(0)) job();
  }
}
