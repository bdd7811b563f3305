/** Timed work that this engine can do, by its names in the migration table. */
export const BACKGROUND_TASK_NAMES = ['approvals-prune', 'scheduler'] as const;

export type BackgroundTaskName = (typeof BACKGROUND_TASK_NAMES)[number];

export function isBackgroundTaskName(text: string): text is BackgroundTaskName {
  return BACKGROUND_TASK_NAMES.some((name) => name === text);
}
