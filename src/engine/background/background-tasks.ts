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

export class BackgroundTasks {
  readonly #options: BackgroundTasksOptions;
  /** Of owned tasks. */
  readonly #timers = new Map<string, NodeJS.Timeout | undefined>();
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
    return this.names().filter((name) => this.#timers.has(name));
  }

  /**
   * Takes these tasks and leaves all others. One newly taken runs at once; one that stays goes on as it is; one that is left
   * finishes the run that it is in.
   */
  own(names: readonly BackgroundTaskName[]): void {
    if (this.#closed) return;
    for (const task of this.#options.tasks) {
      const wanted = names.includes(task.name);
      if (wanted && !this.#timers.has(task.name)) this.#take(task);
      if (!wanted && this.#timers.has(task.name)) this.#leave(task);
    }
  }

  /** Resolves when no run is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#running.values());
  }

  #take(task: BackgroundTask): void {
    this.#options.log.info(`background-owned task=${task.name}`);
    this.#timers.set(task.name, undefined);
    void this.#run(task);
  }

  #leave({ name }: BackgroundTask): void {
    this.#options.log.info(`background-left task=${name}`);
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  /** A task that was left and taken again during a run waits for that run. */
  async #run(task: BackgroundTask): Promise<void> {
    await this.#running.get(task.name);
    if (!this.#timers.has(task.name)) return;
    const run = this.#once(task);
    this.#running.set(task.name, run);
    await run;
  }

  async #once(task: BackgroundTask): Promise<void> {
    const { contextFor, log, retryMs = 60_000 } = this.#options;
    let pauseMs = task.everyMs;
    try {
      log.info(`background-done task=${task.name} ${await task.run(contextFor())}`);
    } catch (error) {
      // A busy database or a full disk passes; no request waits for this run, so it is tried again.
      if (error instanceof EngineError)
        log.warn(`background-failed task=${task.name} code=${error.code} cause=${String(error.cause)}`);
      else log.error(`background-failed task=${task.name} ${error instanceof Error ? error.stack : String(error)}`);
      pauseMs = retryMs;
    }
    this.#running.delete(task.name);
    if (!this.#timers.has(task.name)) return;
    this.#timers.set(
      task.name,
      setTimeout(() => void this.#run(task), pauseMs),
    );
  }
}
