/** Which build of the engine runs, asked whenever one has become ready. Forgotten while none is: evidence must know whose it is. */
import { askSide, reasonOf } from '../forwarding/ask-side.js';
import type { SideTarget } from '../forwarding/side-target.js';
import type { Log } from '../logging/log.js';

/** Of an engine that is reached by URL: it does not tell its build to clients, and the facade is one. */
export const UNKNOWN_BUILD = 'unknown';

const RETRY_MS = 1000;

export class EngineBuild {
  readonly #engine: SideTarget;
  readonly #log: Log;
  #build: string | undefined;
  /** Counts up with each engine, so that a late answer of one is not taken for another's. */
  #asked = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: SideTarget, log: Log) {
    this.#engine = engine;
    this.#log = log;
  }

  /** Undefined while it is not known. */
  current(): string | undefined {
    return this.#build;
  }

  /** Told by the supervisor. */
  engineIs(ready: boolean): void {
    this.#build = undefined;
    this.#asked += 1;
    clearTimeout(this.#timer);
    if (ready) void this.#ask(this.#asked);
  }

  close(): void {
    this.#asked += 1;
    clearTimeout(this.#timer);
  }

  async #ask(asked: number): Promise<void> {
    try {
      const { text } = await askSide(this.#engine, { method: 'GET', path: '/engine/internal/status' });
      const { build } = JSON.parse(text) as { readonly build?: unknown };
      if (asked !== this.#asked) return;
      this.#build = typeof build === 'string' && build !== '' ? build : UNKNOWN_BUILD;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#log.debug('engine build not known yet', { reason: reasonOf(error) });
      this.#timer = setTimeout(() => void this.#ask(asked), RETRY_MS).unref();
    }
  }
}
