/** What the latest occurrence of a job had come to when a tick of the legacy looked at it, from rows as they are a moment later. */
import type { EarlierRun } from '../../repositories/scheduled-run-repository.js';

const ENDED: ReadonlySet<string> = new Set(['Success', 'Expired', 'Timed Out']);
/** Seconds after which the legacy's clock ends what runs. */
const CLOCK_SECONDS = 30n;

export interface EarlierProgress {
  readonly begun: number;
  readonly ended: number;
  readonly hasFailed: boolean;
}

/** @param minute of the tick; what was changed since then was `Running` before */
export function earlierProgress(runs: readonly EarlierRun[], minute: bigint): EarlierProgress {
  const ended = new Set<string>();
  let hasFailed = false;
  for (const { hostname, status, startedAt, updatedAt } of runs) {
    const ranAtTick = status === 'Running' || (updatedAt !== null && updatedAt >= minute);
    const isEnded = ranAtTick ? startedAt !== null && startedAt + CLOCK_SECONDS <= minute : ENDED.has(status);
    if (isEnded) ended.add(hostname);
    else if (!ranAtTick) hasFailed = true;
  }
  return { begun: new Set(runs.map(({ hostname }) => hostname)).size, ended: ended.size, hasFailed };
}
