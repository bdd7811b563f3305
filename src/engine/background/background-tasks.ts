/**
 * The engine's timed work. Each task runs only while this engine was told that it owns it: by the facade, which reads the
 * migration table, or by a setting where no facade is. Owns the timers; nothing runs before `own` or after `close`.
 */
import type { BackgroundTaskName } from '../config/background-task-name.js';
import { EngineError } from '../domain/engine-error.js';
import type { EngineLog } from '../logging/engine-log.js';
import type { RequestContext } from '../services/request-context.js';

export interface BackgroundTask {
  /** As in the migration table, below `background`. */
  readonly name: BackgroundTaskName;
  /** Pause from the end of one run to the next. */
  readonly everyMs: number;
  /** @returns words for the log */
  run(context: RequestContext): Promise<string>;
}

export interface BackgroundTasksOptions {
  readonly tasks: readonly BackgroundTask[];
  readonly contextFor: () => RequestContext;
  readonly log: EngineLog;
  /** Pause after a run that failed. Default 60 s. */
  readonly retryMs?: number;
}

/** One time of owning a task: from being taken to being left. */
interface Ownership {
  timer: NodeJS.Timeout | undefined;
}

export class BackgroundTasks {
  readonly #options: BackgroundTasksOptions;
  readonly #owned = new Map<string, Ownership>();
  readonly #running = new Map<string, Promise<void>>();
  #closed = false;

  constructor(options: BackgroundTasksOptions) {
    this.#options = options;
  }

  /** Tasks that this engine has. */
  names(): readonly BackgroundTaskName[] {
    return this.#options.tasks.map(({ name }) => name);
  }

  owned(): readonly BackgroundTaskName[] {
    return this.names().filter((name) => this.#owned.has(name));
  }

  /**
   * Takes these tasks and leaves all others. One newly taken runs at once; one that stays goes on as it is; one that is left
   * finishes the run that it is in.
   */
  own(names: readonly BackgroundTaskName[]): void {
    if (this.#closed) return;
    for (const task of this.#options.tasks) {
      const wanted = names.includes(task.name);
      const ownership = this.#owned.get(task.name);
      if (wanted && ownership === undefined) this.#take(task);
      if (!wanted && ownership !== undefined) this.#leave(task, ownership);
    }
  }

  /** Resolves when no run is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#owned.values()) clearTimeout(timer);
    this.#owned.clear();
    await Promise.all(this.#running.values());
  }

  #take(task: BackgroundTask): void {
    this.#options.log.info(`background-owned task=${task.name}`);
    const ownership: Ownership = { timer: undefined };
    this.#owned.set(task.name, ownership);
    void this.#run(task, ownership);
  }

  #leave({ name }: BackgroundTask, { timer }: Ownership): void {
    this.#options.log.info(`background-left task=${name}`);
    clearTimeout(timer);
    this.#owned.delete(name);
  }

  /** A task that was left and taken again during a run waits for that run. */
  async #run(task: BackgroundTask, ownership: Ownership): Promise<void> {
    await this.#running.get(task.name);
    if (this.#owned.get(task.name) !== ownership) return;
    const run = this.#pauseAfterRun(task);
    this.#running.set(
      task.name,
      run.then(() => undefined),
    );
    const pauseMs = await run;
    this.#running.delete(task.name);
    if (this.#owned.get(task.name) !== ownership) return;
    ownership.timer = setTimeout(() => void this.#run(task, ownership), pauseMs);
  }

  /** Never rejects. @returns milliseconds until the next run */
  async #pauseAfterRun(task: BackgroundTask): Promise<number> {
    const { contextFor, log, retryMs = 60_000 } = this.#options;
    try {
      log.info(`background-done task=${task.name} ${await task.run(contextFor())}`);
      return task.everyMs;
    } catch (error) {
      // A busy database or a full disk passes; no request waits for this run, so it is tried again.
      if (error instanceof EngineError)
        log.warn(`background-failed task=${task.name} code=${error.code} cause=${String(error.cause)}`);
      else log.error(`background-failed task=${task.name} ${error instanceof Error ? error.stack : String(error)}`);
      return retryMs;
    }
  }
}
