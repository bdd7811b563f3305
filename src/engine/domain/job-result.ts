/** What an agent reports of a script that it ran (sockets 5). */

/** As the column gets it, which makes text of numbers. */
export type JobOutput = string | number | bigint | Buffer;

export interface JobResult {
  /** Of `activity_history`. */
  readonly activityId: bigint;
  /** Trimmed; `Failed` when none was sent. */
  readonly status: string;
  readonly stdout: JobOutput;
  readonly stderr: JobOutput;
}
