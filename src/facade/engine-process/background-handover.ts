/**
 * Tells the engine which background tasks the migration table gives it: when it has become ready, and after each change of the
 * table. An engine that was told nothing does none of them, so that a task never has two owners by accident.
 */
import type { BackgroundWish } from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import type { Log } from '../logging/log.js';
import { SCHEDULER } from '../table/background-tasks.js';
import { engineSchedules } from '../table/scheduler-row.js';
import type { TableSnapshot } from '../table/table-snapshot.js';

export interface BackgroundHandoverOptions {
  /** Tells the engine the whole list. Rejects when it did not take it. */
  readonly tell: (wish: BackgroundWish) => Promise<void>;
  /** Words for what `tell` rejected with. */
  readonly reasonOf: (error: unknown) => string;
  readonly log: Log;
  /** Pause before it is tried again. Default 1000. */
  readonly retryMs?: number;
}

export class BackgroundHandover {
  readonly #options: BackgroundHandoverOptions;
  #wish: BackgroundWish = { owned: [] };
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
    const wish = wishOf(background);
    if (JSON.stringify(wish) === JSON.stringify(this.#wish)) return;
    this.#wish = wish;
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
    const wish = this.#wish;
    const problem = await this.#problemOf(wish);
    this.#telling = false;
    if (telling !== this.#wanted) {
      if (this.#engineReady) void this.#tell();
    } else if (problem === undefined) {
      this.#options.log.info('background-handed-over', told(wish));
      this.#failing = false;
    } else {
      this.#failed(wish, problem);
    }
  }

  async #problemOf(wish: BackgroundWish): Promise<string | undefined> {
    try {
      await this.#options.tell(wish);
      return undefined;
    } catch (error) {
      return this.#options.reasonOf(error);
    }
  }

  /** Said once, not at each try. */
  #failed(wish: BackgroundWish, problem: string): void {
    if (!this.#engineReady) return;
    if (!this.#failing) this.#options.log.warn('background-not-handed-over', { ...told(wish), problem });
    this.#failing = true;
    this.#timer = setTimeout(() => void this.#tell(), this.#options.retryMs ?? 1000);
  }
}

/** The scheduler is among what is owned as long as any of its jobs is the engine's. */
function wishOf(background: TableSnapshot['background']): BackgroundWish {
  const scheduler = background.find(({ name }) => name === SCHEDULER);
  const owned = background.filter((task) => (task === scheduler ? engineSchedules(task) : task.owner === 'engine'));
  return {
    owned: owned.map(({ name }) => name),
    ...(scheduler === undefined ? {} : { scheduler: { owner: scheduler.owner, jobs: scheduler.jobs } }),
  };
}

/** For the log. */
function told({ owned, scheduler }: BackgroundWish): Readonly<Record<string, unknown>> {
  const jobs = Object.keys(scheduler?.jobs ?? {}).length;
  return { engine: owned, ...(jobs === 0 ? {} : { scheduler }) };
}
