/** What operators do with scheduled jobs (scheduler 3). Nothing here dispatches: the scheduler reads the table each minute. */
import { parseJson } from '../../../legacy-bridge/values/parse-json.js';
import type { PythonValue } from '../../../legacy-bridge/values/python-value.js';
import { storedJson } from '../../../legacy-bridge/values/stored-json.js';
import { EngineError } from '../../domain/engine-error.js';
import { lastStatus, resultCounts } from '../../domain/scheduling/job-summary.js';
import { targetCount } from '../../domain/scheduling/job-targets.js';
import { nextRun } from '../../domain/scheduling/next-run.js';
import type { JobChange, JobFields, ShownJob } from '../../domain/scheduling/scheduled-job.js';
import type { Zone } from '../../domain/scheduling/zone.js';
import type { ScheduledJobColumns, ScheduledJobRow } from '../../repositories/scheduled-job-repository.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import type { RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';
import { giveWay } from './give-way.js';

/** Jobs that are read before other work has its turn: a list may be of ten thousand. */
const JOBS_AT_ONCE = 100;

export class ScheduledJobService {
  readonly #zone: Zone;

  /** @param zone in which monthly and yearly jobs keep their time of day */
  constructor(zone: Zone) {
    this.#zone = zone;
  }

  /** Newest first. A job that can't be read harms itself alone: it is left out, and logged. */
  async list(context: RequestContext): Promise<readonly ShownJob[]> {
    const now = secondsOf(context.clock.now());
    return await context.unitOfWork.read(async (repositories) => {
      const shown: ShownJob[] = [];
      for (const [index, row] of (await repositories.scheduledJobs.list()).entries()) {
        if (index % JOBS_AT_ONCE === JOBS_AT_ONCE - 1) await giveWay();
        const job = await this.#show(row, now, repositories);
        if (job === undefined) context.log.warn(`scheduled-job-unreadable id=${row.id}`);
        else shown.push(job);
      }
      return shown;
    });
  }

  /** @throws EngineError `job_not_found`, `job_unreadable` */
  async find(id: bigint, { unitOfWork, clock }: RequestContext): Promise<ShownJob> {
    const now = secondsOf(clock.now());
    return await unitOfWork.read((repositories) => this.#find(id, now, repositories));
  }

  async create(fields: JobFields, { unitOfWork, clock, log }: RequestContext): Promise<ShownJob> {
    const now = secondsOf(clock.now());
    const job = await unitOfWork.write(async (repositories) => {
      const id = await repositories.scheduledJobs.insert({ ...columnsOf(fields), ...storedOf(fields) }, now);
      return await this.#find(id, now, repositories);
    });
    log.info(`scheduled-job-created id=${job.id}`);
    return job;
  }

  /** @throws EngineError `job_not_found`; `job_unreadable`, and nothing was changed */
  async change(id: bigint, change: JobChange, { unitOfWork, clock, log }: RequestContext): Promise<ShownJob> {
    const now = secondsOf(clock.now());
    const job = await unitOfWork.write(async (repositories) => {
      const columns = { ...columnsOf(change), ...storedOf(change) };
      if (!(await repositories.scheduledJobs.change(id, columns, now))) throw new EngineError('job_not_found');
      return await this.#find(id, now, repositories);
    });
    log.info(`scheduled-job-changed id=${id} fields=${Object.keys(change).join(',')}`);
    return job;
  }

  /** Its runs stay, and what was run. @throws EngineError `job_not_found` */
  async delete(id: bigint, { unitOfWork, log }: RequestContext): Promise<void> {
    const deleted = await unitOfWork.write(({ scheduledJobs }) => scheduledJobs.delete(id));
    if (!deleted) throw new EngineError('job_not_found');
    log.info(`scheduled-job-deleted id=${id}`);
  }

  async #find(id: bigint, now: bigint, repositories: Repositories): Promise<ShownJob> {
    const row = await repositories.scheduledJobs.find(id);
    if (row === undefined) throw new EngineError('job_not_found');
    const job = await this.#show(row, now, repositories);
    if (job === undefined)
      throw new EngineError('job_unreadable', { detail: 'its stored components or targets are broken: set them anew' });
    return job;
  }

  async #show(row: ScheduledJobRow, now: bigint, { scheduledRuns }: Repositories): Promise<ShownJob | undefined> {
    const components = storedValue(row.components);
    const targets = storedValue(row.targets);
    const total = targets === undefined ? undefined : targetCount(targets);
    if (components === undefined || targets === undefined || total === undefined) return undefined;
    const last = await scheduledRuns.latestOccurrence(row.id);
    const statuses = last === null ? new Map<string, number>() : await scheduledRuns.countStatuses(row.id, last);
    return {
      ...row,
      ...{ components, targets },
      scheduleType: row.scheduleType || 'immediately',
      expiration: row.expiration || 'no_expire',
      executionContext: row.executionContext || 'system',
      latestOccurrence: last,
      lastStatus: lastStatus(statuses, row.start),
      counts: resultCounts(statuses, total, last !== null),
      nextRun: nextRun({ type: scheduleTypeOf(row), start: row.start, last, now }, this.#zone),
    };
  }
}

/** As the schedule reads it. */
export function scheduleTypeOf({ scheduleType }: ScheduledJobRow): string {
  return scheduleType.trim().toLowerCase();
}

/** @returns undefined for what is no JSON */
export function storedValue(stored: string): PythonValue | undefined {
  return stored === '' ? [] : parseJson(Buffer.from(stored));
}

function columnsOf<T extends JobChange>({ components, targets, ...others }: T): Omit<T, 'components' | 'targets'> {
  return others;
}

function storedOf<T extends JobChange>(fields: T): Pick<ScheduledJobColumns, 'components' | 'targets'>;
function storedOf({ components, targets }: JobChange): Partial<Pick<ScheduledJobColumns, 'components' | 'targets'>> {
  return {
    ...(components === undefined ? {} : { components: storedJson(components) }),
    ...(targets === undefined ? {} : { targets: storedJson(targets) }),
  };
}
