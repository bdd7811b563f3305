/** What became of a playbook on a host (assemblies-and-runs 9). Columns may hold what any writer stored. */
import type { PythonValue } from '../../legacy-bridge/values/python-value.js';

export interface ListedRecap {
  readonly id: bigint;
  readonly runId: string;
  readonly hostname: string;
  readonly playbookName: string;
  readonly status: string;
  /** Epoch seconds, all of them. */
  readonly createdAt: bigint | null;
  readonly updatedAt: bigint | null;
  readonly startedAt: bigint | null;
  readonly finishedAt: bigint | null;
}

export interface Recap extends ListedRecap {
  readonly agentId: string;
  readonly playbookPath: string;
  readonly scheduledJobId: bigint | null;
  readonly scheduledRunId: bigint | null;
  readonly activityId: bigint | null;
  readonly recapText: string;
  /** Null for none, and for what is no JSON. */
  readonly recapJson: PythonValue;
}

/** What the column `recap_text` takes: numbers become text there. */
export type RecapText = string | bigint | number;

/** What a report says, or the server of its own run. Null: not said. */
export interface RecapFields {
  readonly runId: string;
  readonly hostname: string | null;
  readonly agentId: string | null;
  readonly playbookPath: string | null;
  readonly playbookName: string | null;
  readonly scheduledJobId: bigint | null;
  readonly scheduledRunId: bigint | null;
  readonly activityId: bigint | null;
  readonly status: string | null;
  readonly recapText: RecapText | null;
  /** As it is stored. */
  readonly recapJson: string | null;
  readonly startedAt: bigint | null;
  readonly finishedAt: bigint | null;
}

/** A recap as callers see it, over HTTP and by event. */
export function shownRecap(recap: Recap) {
  return {
    ...shownListedRecap(recap),
    agent_id: recap.agentId,
    playbook_path: recap.playbookPath,
    scheduled_job_id: recap.scheduledJobId,
    scheduled_run_id: recap.scheduledRunId,
    activity_job_id: recap.activityId,
    recap_text: recap.recapText,
    recap_json: recap.recapJson,
  };
}

export function shownListedRecap(recap: ListedRecap) {
  return {
    id: recap.id,
    run_id: recap.runId,
    hostname: recap.hostname,
    playbook_name: recap.playbookName,
    status: recap.status,
    created_at: recap.createdAt,
    updated_at: recap.updatedAt,
    started_ts: recap.startedAt,
    finished_ts: recap.finishedAt,
  };
}
