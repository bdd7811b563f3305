/**
 * Takes jobs over from the legacy's scheduler, and gives them back, as it is told. What holds a job with one side is in the database;
 * this decides when it changes hands: taken at once, and the current minute is then served here; given back only right after a tick,
 * early enough in its minute that the legacy's next tick is the next one for the job.
 */
import {
  type SchedulerState,
  type SchedulerWish,
  wishedOwner,
} from '../../../legacy-bridge/scheduler/scheduler-protocol.js';
import { EngineError } from '../../domain/engine-error.js';
import { floorToMinute } from '../../domain/scheduling/next-run.js';
import type { Repositories } from '../../repositories/unit-of-work.js';
import type { RequestContext } from '../request-context.js';
import { secondsOf } from '../write-time.js';
import { restingJobs } from './resting-jobs.js';
import type { SchedulerTick, TickReport } from './scheduler-tick.js';

/** A wish to go back that is older may be fulfilled before anything is served: ticks, or processes, seem not to come to their end. */
const LONGEST_PENDING_SECONDS = 180n;

/** The last second of a minute in which jobs go back: the legacy reads them in the first one of the next. */
const LATEST_SECOND = 55n;

export interface HandoverReport extends TickReport {
  readonly minute: bigint;
  readonly taken: number;
  readonly handedBack: number;
  /** How many of those went before anything was served, for no tick had given them back in time. */
  readonly overdue: number;
}

export class SchedulerHandover {
  readonly #tick: Pick<SchedulerTick, 'run'>;
  readonly #isSharedFile: () => boolean;
  #wish: SchedulerWish | undefined;
  /** When which jobs went back last, in epoch seconds. */
  readonly #wentBack = new Map<bigint, bigint>();
  /** Jobs that rest at the legacy since they went back. */
  readonly #resting = new Set<bigint>();

  /** @param isSharedFile whether the database is still the one that the legacy opens. Default: always */
  constructor(tick: Pick<SchedulerTick, 'run'>, isSharedFile: () => boolean = () => true) {
    this.#tick = tick;
    this.#isSharedFile = isSharedFile;
  }

  /** Who is to own what, from now on. Nothing changes hands here. */
  wish(wish: SchedulerWish): void {
    this.#wish = wish;
  }

  /** Takes what is to be taken. @returns whether there is anything to tick for */
  async take(context: RequestContext): Promise<boolean> {
    if (this.#wish === undefined) return false;
    await this.#take(context);
    return await this.isNeeded(context);
  }

  /** Whether any job is the engine's, or a new one would be. */
  async isNeeded({ unitOfWork }: RequestContext): Promise<boolean> {
    const { owner, ownedJobs } = await unitOfWork.read(({ jobOwners }) => jobOwners.find());
    return owner === 'engine' || ownedJobs > 0;
  }

  /** One tick: what was not taken yet is, all jobs of the engine are served, and what is to go back goes, if there is time. */
  async tick(context: RequestContext): Promise<HandoverReport> {
    const taken = await this.#take(context);
    const overdue = await this.#handBackOverdue(context);
    const minute = floorToMinute(secondsOf(context.clock.now()));
    const report = await this.#tick.run(context);
    const handedBack = await this.#handBack(minute, new Set(report.failedFirst), context);
    const went = [...overdue, ...handedBack];
    if (went.length > 0) await this.#findResting(went, context);
    return { ...report, minute, taken, handedBack: went.length, overdue: overdue.length };
  }

  wentBackSince(jobId: bigint, moment: bigint): boolean {
    return (this.#wentBack.get(jobId) ?? moment - 1n) >= moment;
  }

  async state({ unitOfWork }: RequestContext): Promise<SchedulerState> {
    const { row, ids } = await unitOfWork.read(async ({ jobOwners }) => ({
      row: await jobOwners.find(),
      ids: await jobOwners.listOwned(),
    }));
    const wish = this.#wish;
    return {
      ...(wish ?? { owner: row.owner, jobs: {} }),
      told: wish !== undefined,
      owned_jobs: row.ownedJobs,
      pending_hand_back: wish !== undefined && ids.some((id) => wishedOwner(wish, id) === 'legacy'),
      last_minute: row.lastMinute === null ? null : Number(row.lastMinute),
      resting_jobs: [...this.#resting].filter((id) => !ids.includes(id)).map(Number),
    };
  }

  async #take({ unitOfWork, clock, log }: RequestContext): Promise<number> {
    if (this.#wish === undefined) return 0;
    // Its jobs are the legacy's, by a file that is not seen here.
    if (!this.#isSharedFile())
      throw new EngineError('database_unavailable', { cause: new Error('its file was moved away or replaced') });
    // What is wished is asked within the transaction: the lock may have been waited for.
    const taken = await unitOfWork.write(async ({ jobOwners }) =>
      this.#wish === undefined ? undefined : jobOwners.take(this.#wish, secondsOf(clock.now())),
    );
    if (taken === undefined) return 0;
    if (taken.jobs > 0) log.info(`scheduler-jobs-taken jobs=${taken.jobs}`);
    if (taken.triggers.length > 0) log.info(`scheduler-triggers-made ${taken.triggers.join()}`);
    if (taken.strays > 0) log.warn(`scheduler-strays jobs=${taken.strays}: somebody enabled them past the triggers`);
    if (taken.gone > 0)
      log.warn(`scheduler-jobs-gone jobs=${taken.gone}: their rows vanished past the triggers; kept in mind for a day`);
    return taken.jobs;
  }

  /** The way back must not depend on ticks that come to their end. */
  async #handBackOverdue({ unitOfWork, clock, log }: RequestContext): Promise<readonly bigint[]> {
    if (this.#wish?.owner === 'engine' && !Object.values(this.#wish.jobs).includes('legacy')) return [];
    const since = (): bigint => secondsOf(clock.now()) - LONGEST_PENDING_SECONDS;
    if (!(await unitOfWork.read(({ jobOwners }) => jobOwners.isOverdue(since())))) return [];
    const went = await unitOfWork.write(async (repositories) =>
      this.#giveBack(await repositories.jobOwners.listStuck(since()), secondsOf(clock.now()), repositories),
    );
    if (went.length === 0) return [];
    log.warn(
      `scheduler-jobs-handed-back-overdue jobs=${went.length}: no tick gave them back in time; their minute was not served`,
    );
    return went;
  }

  /** @param waiting jobs that this tick could not serve: the next one tries again before they go */
  async #handBack(minute: bigint, waiting: ReadonlySet<bigint>, context: RequestContext): Promise<readonly bigint[]> {
    const listReady = async ({ jobOwners }: Repositories): Promise<readonly bigint[]> => {
      const wish = this.#wish;
      if (wish === undefined) return [];
      return (await jobOwners.listOwned()).filter((id) => wishedOwner(wish, id) === 'legacy' && !waiting.has(id));
    };
    const ready = await context.unitOfWork.read(listReady);
    if (ready.length === 0) return [];
    const went = await context.unitOfWork.write(async (repositories) => {
      // Only now is it known when, and what is wished: the lock may have been waited for.
      const now = secondsOf(context.clock.now());
      if (floorToMinute(now) !== minute || now - minute > LATEST_SECOND) return [];
      return await this.#giveBack(await listReady(repositories), now, repositories);
    });
    if (went.length > 0) context.log.info(`scheduler-jobs-handed-back jobs=${went.length}`);
    else context.log.info(`scheduler-hand-back-waits jobs=${ready.length}: the minute is nearly over`);
    return went;
  }

  async #findResting(went: readonly bigint[], { unitOfWork, clock, log }: RequestContext): Promise<void> {
    for (const id of went) this.#resting.delete(id);
    const resting = await restingJobs(went, secondsOf(clock.now()), unitOfWork);
    for (const id of resting) this.#resting.add(id);
    if (resting.length > 0)
      log.warn(
        `scheduler-jobs-rest ids=${resting.join()}: the legacy never leaves what their latest occurrence came to`,
      );
  }

  /** Within a transaction. Those that are no longer wished to be the legacy's stay. */
  async #giveBack(
    listed: readonly bigint[],
    now: bigint,
    { jobOwners, scheduledRuns }: Repositories,
  ): Promise<readonly bigint[]> {
    const wish = this.#wish;
    const ids = wish === undefined ? [] : listed.filter((id) => wishedOwner(wish, id) === 'legacy');
    if (ids.length === 0) return [];
    await scheduledRuns.endRefusals(ids, now);
    await jobOwners.handBack(ids);
    for (const id of ids) this.#wentBack.set(id, now);
    return ids;
  }
}
