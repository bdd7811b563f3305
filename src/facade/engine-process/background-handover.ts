/**
 * Tells the engine which background tasks the migration table gives it: when it has become ready, and after each change of the
 * table. An engine that was told nothing does none of them, so that a task never has two owners by accident.
 */
import type { Log } from '../logging/log.js';
import type { TableSnapshot } from '../table/table-snapshot.js';

export interface BackgroundHandoverOptions {
  /** Tells the engine the whole list. Rejects when it did not take it. */
  readonly tell: (owned: readonly string[]) => Promise<void>;
  /** Words for what `tell` rejected with. */
  readonly reasonOf: (error: unknown) => string;
  readonly log: Log;
  /** Pause before it is tried again. Default 1000. */
  readonly retryMs?: number;
}

export class BackgroundHandover {
  readonly #options: BackgroundHandoverOptions;
  #owned: readonly string[] = [];
  #engineReady = false;
  /** Counts what there is to tell, so that only the newest is told. */
  #wanted = 0;
  #telling = false;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;

  constructor(options: BackgroundHandoverOptions) {
    this.#options = options;
  }

  /** A table came into force. */
  tableChanged({ background }: TableSnapshot): void {
    const owned = background.filter(({ owner }) => owner === 'engine').map(({ name }) => name);
    if (owned.join() === this.#owned.join()) return;
    this.#owned = owned;
    this.#tellAnew();
  }

  /** An engine process has become ready, or is no longer: a new one knows nothing. */
  engineChanged(ready: boolean): void {
    this.#engineReady = ready;
    if (ready) this.#tellAnew();
    else this.close();
  }

  /** Stops trying, until the engine is ready again. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tellAnew(): void {
    this.#wanted += 1;
    clearTimeout(this.#timer);
    if (this.#engineReady && !this.#telling) void this.#tell();
  }

  async #tell(): Promise<void> {
    this.#telling = true;
    const telling = this.#wanted;
    const owned = this.#owned;
    const problem = await this.#problemOf(owned);
    this.#telling = false;
    if (telling !== this.#wanted) {
      if (this.#engineReady) void this.#tell();
    } else if (problem === undefined) {
      this.#options.log.info('background-handed-over', { engine: owned });
      this.#failing = false;
    } else {
      this.#failed(owned, problem);
    }
  }

  async #problemOf(owned: readonly string[]): Promise<string | undefined> {
    try {
      await this.#options.tell(owned);
      return undefined;
    } catch (error) {
      return this.#options.reasonOf(error);
    }
  }

  /** Said once, not at each try. */
  #failed(owned: readonly string[], problem: string): void {
    if (!this.#engineReady) return;
    if (!this.#failing) this.#options.log.warn('background-not-handed-over', { engine: owned, problem });
    this.#failing = true;
    this.#timer = setTimeout(() => void this.#tell(), this.#options.retryMs ?? 1000);
  }
}
