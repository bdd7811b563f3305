/** Deals with runs on the server whose engine is gone: their programs are ended, their files removed, their rows closed. */
import { join } from 'node:path';
import type { RequestContext } from '../request-context.js';
import { endServerRun } from './end-server-run.js';
import { endStrayPrograms } from './end-stray-programs.js';
import { failedRun } from './execute-playbook.js';
import { removeWorkspace, workspaceFolder } from './run-workspace.js';

const CUT_OFF = failedRun('The server ended while the playbook ran; how far it came is not known.');

/** @param runIds those that were noted before this process began any @throws EngineError, or what the disk says */
export async function recoverServerRuns(
  folder: string,
  runIds: readonly string[],
  context: RequestContext,
): Promise<void> {
  for (const runId of runIds) {
    const programs = await endStrayPrograms(join(workspaceFolder(folder, runId), 'inventory.json'));
    await removeWorkspace(folder, runId);
    await endServerRun(runId, CUT_OFF, { isGone: true, onlyIfRunning: true }, context);
    context.log.warn(`server-run-cut-off run=${runId} programs=${programs}`);
  }
}
