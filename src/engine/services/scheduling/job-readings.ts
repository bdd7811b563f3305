/** Both sides' readings of one job at one minute: which occurrence each serves, and why they differ. */
import { dueOccurrence } from '../../domain/scheduling/due-occurrence.js';
import { hostsOf } from '../../domain/scheduling/job-targets.js';
import { legacyDueOccurrence } from '../../domain/scheduling/legacy-due-occurrence.js';
import { legacyNextRun } from '../../domain/scheduling/legacy-next-run.js';
import { type JobFacts, type Named, namedOccurrence } from '../../domain/scheduling/named-difference.js';
import { nextRun } from '../../domain/scheduling/next-run.js';
import type { Zone } from '../../domain/scheduling/zone.js';
import type { ScheduledJobRow } from '../../repositories/scheduled-job-repository.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import { earlierProgress } from './earlier-progress.js';
import { scheduleTypeOf, storedValue } from './scheduled-job-service.js';

export interface JobReadings {
  /** Targets in order, those named twice twice. */
  readonly targets: readonly string[];
  readonly facts: JobFacts;
  /** Why the occurrences differ; undefined when they do not. */
  readonly named: Named | undefined;
}

/** From the runs that were written before this minute began. */
export async function readJob(
  job: ScheduledJobRow,
  minute: bigint,
  zone: Zone,
  { scheduledRuns }: Repositories,
): Promise<JobReadings> {
  const targets = hostsOf(storedValue(job.targets) ?? []);
  const last = await scheduledRuns.latestOccurrenceBefore(job.id, minute);
  const runs = last === null ? [] : await scheduledRuns.listWrittenBefore(job.id, last, minute);
  const progress = earlierProgress(runs, minute);
  const state = { type: scheduleTypeOf(job), start: job.start, last, createdAt: job.createdAt };
  const counts = { targets: targets.length, hosts: new Set(targets).size, ...progress };
  const legacy = legacyDueOccurrence(state, counts, minute, zone);
  const due = dueOccurrence(state, { from: minute, now: minute }, zone);
  // An occurrence that is over has nobody left to serve.
  const engine = due !== undefined && due === last && counts.begun >= counts.hosts ? undefined : due;
  const now = { ...state, now: minute };
  const facts = { ...counts, last, legacy, engine, sameNextRun: nextRun(now, zone) === legacyNextRun(now, zone) };
  // The legacy goes through an occurrence that is over once more, and finds all hosts served.
  const isSame = engine === undefined && legacy.occurrence === last;
  return { targets, facts, named: isSame ? undefined : namedOccurrence(facts) };
}
