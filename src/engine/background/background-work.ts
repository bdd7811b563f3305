/** All of the engine's timed work: tasks that run after pauses, and the scheduler, which goes by the clock and job by job. */
import type { BackgroundState, SchedulerWish } from '../../legacy-bridge/scheduler/scheduler-protocol.js';
import { BACKGROUND_TASK_NAMES, type BackgroundTaskName } from '../config/background-task-name.js';
import type { BackgroundTasks } from './background-tasks.js';
import type { SchedulerLoop } from './scheduler-loop.js';

/** What this engine is told that it owns. */
export interface OwnedWork {
  readonly tasks: readonly BackgroundTaskName[];
  /** Undefined: nothing is said of jobs, and they stay with whom they are. */
  readonly scheduler: SchedulerWish | undefined;
}

const SCHEDULER = 'scheduler' satisfies BackgroundTaskName;

export class BackgroundWork {
  readonly #tasks: BackgroundTasks;
  readonly #scheduler: SchedulerLoop;
  #told: readonly BackgroundTaskName[] = [];

  constructor(tasks: BackgroundTasks, scheduler: SchedulerLoop) {
    this.#tasks = tasks;
    this.#scheduler = scheduler;
  }

  /**
   * Takes these and leaves all others. @returns once the scheduler's jobs are taken
   * @throws EngineError those of the database; it is tried again, too
   */
  async own({ tasks, scheduler }: OwnedWork): Promise<void> {
    this.#told = tasks;
    this.#tasks.own(tasks);
    if (scheduler !== undefined) await this.#scheduler.own(scheduler);
  }

  async state(): Promise<BackgroundState> {
    const owned = [...this.#tasks.owned(), ...(this.#told.includes(SCHEDULER) ? [SCHEDULER] : [])];
    return { tasks: BACKGROUND_TASK_NAMES, owned, scheduler: await this.#scheduler.state() };
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    await Promise.all([this.#tasks.close(), this.#scheduler.close()]);
  }
}
