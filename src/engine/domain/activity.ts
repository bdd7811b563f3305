/** What was run on a host (operators 8). Columns may be null, and hold what any writer stored. */

export interface Activity {
  readonly id: bigint;
  readonly hostname: string | null;
  readonly scriptName: string | null;
  readonly scriptPath: string | null;
  readonly scriptType: string | null;
  /** Epoch seconds. */
  readonly ranAt: bigint | null;
  readonly status: string | null;
}

export interface ListedActivity extends Activity {
  readonly hasStdout: boolean;
  readonly hasStderr: boolean;
}

export interface ActivityOutput extends Activity {
  readonly stdout: string;
  readonly stderr: string;
}
