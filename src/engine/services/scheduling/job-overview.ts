/** Scheduled jobs as whoever moves the scheduler wants to see them: owner, next run by both readings, and how they differ. */
import { lastStatus, resultCounts } from '../../domain/scheduling/job-summary.js';
import { legacyNextRun } from '../../domain/scheduling/legacy-next-run.js';
import { floorToMinute, nextRun } from '../../domain/scheduling/next-run.js';
import type { ResultCounts } from '../../domain/scheduling/scheduled-job.js';
import type { Zone } from '../../domain/scheduling/zone.js';
import type { OwnedJobRow } from '../../repositories/scheduled-job-repository.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import type { RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';
import { giveWay } from './give-way.js';
import { readJob } from './job-readings.js';
import { scheduleTypeOf, storedValue } from './scheduled-job-service.js';

export interface JobPage {
  /** Jobs beyond this id. */
  readonly after: bigint;
  readonly limit: number;
}

export interface OverviewJob {
  readonly row: OwnedJobRow;
  readonly nextByEngine: bigint | null;
  readonly nextByLegacy: bigint | null;
  readonly lastOccurrence: bigint | null;
  readonly lastStatus: string;
  readonly counts: ResultCounts;
  readonly disagreement: string | null;
}

export interface OverviewPage {
  readonly jobs: readonly OverviewJob[];
  /** `after` of the next page; null: there is none. */
  readonly next: bigint | null;
}

const JOBS_AT_ONCE = 50;

export class JobOverview {
  readonly #zone: Zone;

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  async page({ after, limit }: JobPage, { unitOfWork, clock }: RequestContext): Promise<OverviewPage> {
    const now = secondsOf(clock.now());
    const rows = await unitOfWork.read(({ scheduledJobs }) => scheduledJobs.listOwners(after, limit + 1));
    const jobs: OverviewJob[] = [];
    for (const [index, row] of rows.slice(0, limit).entries()) {
      if (index % JOBS_AT_ONCE === JOBS_AT_ONCE - 1) await giveWay();
      jobs.push(await unitOfWork.read((repositories) => this.#overview(row, now, repositories)));
    }
    return { jobs, next: rows.length > limit ? (jobs.at(-1)?.row.id ?? null) : null };
  }

  async #overview(row: OwnedJobRow, now: bigint, repositories: Repositories): Promise<OverviewJob> {
    const { scheduledRuns } = repositories;
    const last = await scheduledRuns.latestOccurrence(row.id);
    const statuses = last === null ? new Map<string, number>() : await scheduledRuns.countStatuses(row.id, last);
    // Of the next minute, before which all that is written now is.
    const { targets, facts, named } = await readJob(row, floorToMinute(now) + 60n, this.#zone, repositories);
    const state = { type: scheduleTypeOf(row), start: row.start, last, now };
    const [nextByEngine, nextByLegacy] = [nextRun(state, this.#zone), legacyNextRun(state, this.#zone)];
    return {
      row,
      ...{ nextByEngine, nextByLegacy },
      lastOccurrence: last,
      lastStatus: lastStatus(statuses, row.start),
      counts: resultCounts(statuses, targets.length, last !== null),
      disagreement: disagreementOf(row, nextByEngine === nextByLegacy, { facts, named }),
    };
  }
}

type Readings = Pick<Awaited<ReturnType<typeof readJob>>, 'facts' | 'named'>;

function disagreementOf(row: OwnedJobRow, sameNext: boolean, { facts, named }: Readings): string | null {
  if (storedValue(row.targets) === undefined || storedValue(row.components) === undefined)
    return 'its stored components or targets are broken: the legacy shows no list of jobs because of it (F3), here it is left out';
  if (!sameNext) return 'monthly and yearly jobs drift by the zone at the legacy (F10)';
  if (named !== undefined) return named.fault === null ? named.why : `${named.why} (${named.fault})`;
  const isStuck = facts.last !== null && facts.hasFailed && facts.ended < Math.max(1, facts.targets);
  if (isStuck) return 'a run of its latest occurrence failed: at the legacy it never runs again (F5)';
  const never = facts.last === null && facts.legacy.occurrence === undefined && facts.legacy.rests === 'missed';
  return never && row.enabled ? 'its first start was missed: at the legacy it never runs (F7)' : null;
}
