/** Deals with runs on the server whose engine is gone: their programs are ended, their files removed, their rows closed. */
import { join } from 'node:path';
import type { NotedServerRun } from '../../domain/playbook-run.js';
import type { RequestContext } from '../request-context.js';
import { giveWay } from '../scheduling/give-way.js';
import { endStrayPrograms } from './end-stray-programs.js';
import { failedRun } from './execute-playbook.js';
import { forgetEnd, listKeptEnds, readKeptEnd } from './kept-ends.js';
import { isLiving, OWN_MARK } from './process-mark.js';
import type { RunEnds } from './run-ends.js';
import { isRunId, removeWorkspace, workspaceFolder } from './run-workspace.js';

const CUT_OFF = failedRun('The server ended while the playbook ran; how far it came is not known.');
/** Looks for other engines' runs once for so many. */
const AT_ONCE = 50;

/**
 * First the programs of all, then their files, then, in the order of `ends`, their rows: what one run leaves is no obstacle to another.
 * @param signal ends it early
 * @returns how many belong to another engine that lives
 * @throws EngineError those of reading
 */
export async function recoverServerRuns(
  folder: string,
  ends: RunEnds,
  signal: AbortSignal,
  context: RequestContext,
): Promise<number> {
  // Before the notes are read: an end without a note is then nobody's.
  const kept = await listKeptEnds(folder);
  const noted = await context.unitOfWork.read(({ serverRuns }) => serverRuns.list());
  const runIds = new Set(noted.map(({ runId }) => runId));
  const living = livingOwners(noted);
  const left = noted.filter(({ owner }) => owner !== OWN_MARK && !living.has(owner));
  const inventoryOf = (runId: string): string => join(workspaceFolder(folder, runId), 'inventory.json');
  const inventories = left.filter(({ runId }) => isRunId(runId)).map(({ runId }) => inventoryOf(runId));
  const programs = await endStrayPrograms(new Set(inventories));
  for (const [at, run] of left.entries()) {
    if (at % AT_ONCE === 0) await giveWay();
    if (signal.aborted) return 0;
    const isGone = await removed(folder, run.runId, context);
    const end = await readKeptEnd(folder, run.runId);
    const count = isRunId(run.runId) ? (programs.get(inventoryOf(run.runId)) ?? 0) : 0;
    context.log.warn(`server-run-cut-off run=${JSON.stringify(run.runId)} programs=${count} end=${end?.status ?? '-'}`);
    ends.add({ run, end: end ?? CUT_OFF, isGone, onlyIfRunning: true });
  }
  for (const runId of kept) if (!runIds.has(runId)) await forgetEnd(folder, runId).catch(() => undefined);
  const others = noted.filter(({ owner }) => living.has(owner)).length;
  if (others > 0) context.log.info(`server-runs-of-another-engine count=${others}: left alone while it lives`);
  return others;
}

/** Other processes that noted some of them. */
function livingOwners(noted: readonly NotedServerRun[]): ReadonlySet<string | null> {
  const owners = [...new Set(noted.map(({ owner }) => owner))];
  return new Set(owners.filter((owner) => owner !== null && owner !== OWN_MARK && isLiving(owner)));
}

/** A note that this program can't have made has no files. */
async function removed(folder: string, runId: string, { log }: RequestContext): Promise<boolean> {
  if (!isRunId(runId)) return true;
  try {
    await removeWorkspace(folder, runId);
    return true;
  } catch (error) {
    log.error(`server-run-files-left run=${runId} cause=${String(error)}: removed at the next start`);
    return false;
  }
}
