/** Background tasks that have an owner. */
export const BACKGROUND_TASKS = ['scheduler', 'approvals-prune', 'repo-refresh'] as const;

export type BackgroundTask = (typeof BACKGROUND_TASKS)[number];

/** Tasks that this release's engine can do. The others arrive with the routes that belong to them. */
export const ENGINE_TASKS: readonly string[] = ['scheduler', 'approvals-prune'];

/** Before the name of a task, where ids of rows may stand too. */
export const BACKGROUND_PREFIX = 'background:';

/** The one task that is compared, and whose work can be given away piece by piece: each job has an owner. */
export const SCHEDULER = 'scheduler';
export const SCHEDULER_ROW = `${BACKGROUND_PREFIX}${SCHEDULER}`;

/** The task that a flip's target names, such as `background:scheduler`; undefined when it names something else. */
export function backgroundTaskOf(target: string): BackgroundTask | undefined {
  return BACKGROUND_TASKS.find((name) => target === BACKGROUND_PREFIX + name);
}

const JOB_ID = /^[1-9]\d{0,14}$/;

/** Ids of jobs as the table writes them: decimal, without leading zeros. */
export function isJobId(text: string): boolean {
  return JOB_ID.test(text);
}

/** How a flip names one job of the scheduler: `background:scheduler/12`. */
export function jobTarget(id: string | number): string {
  return `${SCHEDULER_ROW}/${id}`;
}

/** The job that a flip's target names; undefined when it names something else. */
export function jobOf(target: string): string | undefined {
  const id = target.startsWith(`${SCHEDULER_ROW}/`) ? target.slice(SCHEDULER_ROW.length + 1) : undefined;
  return id !== undefined && isJobId(id) ? id : undefined;
}
