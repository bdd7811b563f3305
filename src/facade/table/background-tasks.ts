/** Background tasks that have an owner. */
export const BACKGROUND_TASKS = ['scheduler', 'approvals-prune', 'repo-refresh'] as const;

export type BackgroundTask = (typeof BACKGROUND_TASKS)[number];

/** Tasks that this release's engine can do. The others arrive with the routes that belong to them. */
export const ENGINE_TASKS: readonly string[] = ['approvals-prune'];

/** Before the name of a task, where ids of rows may stand too. */
export const BACKGROUND_PREFIX = 'background:';

/** The task that a flip's target names, such as `background:scheduler`; undefined when it names something else. */
export function backgroundTaskOf(target: string): BackgroundTask | undefined {
  return BACKGROUND_TASKS.find((name) => target === BACKGROUND_PREFIX + name);
}
