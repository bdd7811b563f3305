/** Rows of `activity_history`: what was run on which host. Results are written through `JobResultRepository`. */
import type { ActivityOutput, ListedActivity } from '../domain/activity.js';

export interface NewActivity {
  readonly hostname: string;
  readonly scriptPath: string;
  readonly scriptName: string;
  /** `powershell`, `ansible`, … */
  readonly scriptType: string;
}

export interface ActivityRepository {
  /** With status `Running` and no output. @param ranAt epoch seconds @returns its id */
  insertRunning(activity: NewActivity, ranAt: bigint): Promise<bigint>;
  /** Of exactly this host, newest first; those without a time last. */
  list(hostname: string): Promise<readonly ListedActivity[]>;
  find(id: bigint): Promise<ActivityOutput | undefined>;
  /** Of exactly this host; links from runs of jobs stay. @returns how many */
  deleteOf(hostname: string): Promise<number>;
}
