/** What operators and agents do in a history of two schedulers: jobs are made, switched and deleted through either side, runs answered. */
import type Database from 'better-sqlite3';
import type { SchedulerOwner, SchedulerWish } from '../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import type { DrawnJob, HandoverDrawing } from './handover-drawing.js';
import type { HandoverExpectations } from './handover-expectations.js';
import type { HandoverLedger } from './handover-ledger.js';
import type { OtherWriters } from './handover-others.js';
import type { Plant } from './handover-plants.js';
import type { HistoryClock } from './history-clock.js';
import { answerRuns, deleteJob, insertEndedRun, insertJob, toggleJob } from './legacy-edits.js';
import type { LegacyScheduler } from './legacy-scheduler.js';
import type { SeededRandom } from './seeded-random.js';

export interface HandoverOperatorsParts {
  readonly raw: Database.Database;
  readonly plant: Plant | undefined;
  readonly random: SeededRandom;
  readonly drawing: HandoverDrawing;
  readonly clock: HistoryClock;
  readonly ledger: HandoverLedger;
  readonly expectations: HandoverExpectations;
  readonly legacy: LegacyScheduler;
  readonly others: OtherWriters;
}

const MADE_FOR_ENGINE = "SELECT 1 FROM engine_scheduler WHERE owner = 'engine'";

export class HandoverOperators {
  readonly #parts: HandoverOperatorsParts;
  /** By job, as operators last said. */
  readonly #enabled = new Map<number, boolean>();

  constructor(parts: HandoverOperatorsParts) {
    this.#parts = parts;
  }

  get enabled(): ReadonlyMap<number, boolean> {
    return this.#enabled;
  }

  /** At once: nobody else may write now. */
  addJob(): void {
    this.#add(this.#parts.drawing.job(this.#parts.clock.second));
  }

  /** The same. */
  addCalendarJob(): void {
    this.#add(this.#parts.drawing.calendarJob(this.#parts.clock.second));
  }

  async addJobLater(): Promise<void> {
    await this.#parts.others.atLegacy(() => this.addJob());
  }

  /** Through either side: a toggle, or sometimes the end of a job. */
  async edit(): Promise<void> {
    const { random, ledger, clock, others, legacy } = this.#parts;
    const ids = [...this.#enabled.keys()];
    if (ids.length === 0) return;
    const job = random.pick(ids);
    const isDeletion = random.chance(0.15);
    const enabled = random.chance(0.5);
    const note = (): void => {
      ledger.edits.push({ job, at: clock.elapsed });
      if (isDeletion) this.#enabled.delete(job);
      else this.#enabled.set(job, enabled);
    };
    if (random.chance(0.5)) {
      await others.atLegacy(() => {
        if (isDeletion) deleteJob(legacy.db, job);
        else toggleJob(legacy.db, job, enabled);
        note();
      });
      return;
    }
    const isDone = await others.atEngine(({ scheduledJobs }) =>
      isDeletion ? scheduledJobs.delete(BigInt(job)) : scheduledJobs.change(BigInt(job), { enabled }, 1n),
    );
    if (isDone) note();
  }

  /** Agents say how their runs ended, or nothing yet. */
  async answer(): Promise<void> {
    const { random, clock, others, legacy } = this.#parts;
    const answer = (): string | undefined => random.weighted({ Success: 6, Failed: 1, '': 3 }) || undefined;
    await others.atLegacy(() => answerRuns(legacy.db, clock.second, answer));
  }

  /** What may be told of who is to own what. */
  anyWish(): SchedulerWish {
    const { random } = this.#parts;
    const owner = (): SchedulerOwner => random.pick(['legacy', 'engine'] as const);
    const jobs = [...this.#enabled.keys()].filter(() => random.chance(0.25)).map((id) => [String(id), owner()]);
    return { owner: owner(), jobs: Object.fromEntries(jobs) as Record<string, SchedulerOwner> };
  }

  #add({ ran, ...job }: DrawnJob): void {
    const { plant, raw, legacy, clock, expectations, ledger } = this.#parts;
    if (plant === 'no_made_trigger') raw.exec('DROP TRIGGER IF EXISTS engine_job_made');
    const id = insertJob(legacy.db, { ...job, now: clock.second });
    this.#enabled.set(id, job.enabled);
    if (raw.prepare(MADE_FOR_ENGINE).get() !== undefined && !expectations.isOwned(id))
      ledger.blame(`job ${id} was made while all jobs were the engine's, and is not`);
    if (ran === undefined) return;
    for (const [index, host] of job.targets.entries()) {
      const status = ran.statuses[index] ?? 'Success';
      insertEndedRun(legacy.db, { job: id, host, occurrence: ran.occurrence, status });
    }
  }
}
