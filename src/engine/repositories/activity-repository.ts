/** Rows of `activity_history`: what was run on which host. Results are written through `JobResultRepository`. */

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
}
