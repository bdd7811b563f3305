/** Background tasks that have an owner. */
export const BACKGROUND_TASKS = ['scheduler', 'approvals-prune', 'repo-refresh'] as const;

/** Tasks that this release's engine can do. None: each arrives with the routes that belong to it. */
export const ENGINE_TASKS: readonly string[] = [];
