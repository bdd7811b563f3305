/** The rows that stand for a run on the server while it goes on. */
import type { ServerRun } from '../../domain/playbook-run.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import { OWN_MARK } from './process-mark.js';

/** Within the transaction that begins the run. */
export async function noteServerRun(run: ServerRun, now: bigint, { recaps, serverRuns }: Repositories): Promise<void> {
  const { runId, hostname, playbook, activityId, scheduled } = run;
  const recap = {
    ...{ runId, hostname, agentId: 'server', activityId, status: 'Running' },
    ...{ playbookPath: playbook.path, playbookName: playbook.name },
    scheduledJobId: scheduled?.jobId ?? null,
    scheduledRunId: scheduled?.runId ?? null,
    ...{ recapText: '', recapJson: '', startedAt: now, finishedAt: null },
  };
  await recaps.store(recap, now);
  await serverRuns.note(run, OWN_MARK, now);
}
