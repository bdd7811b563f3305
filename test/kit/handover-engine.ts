/** The engine's scheduler in a history: its own code, in a process that may be killed between any two statements. */
import type Database from 'better-sqlite3';
import { UTC } from '../../src/engine/domain/scheduling/zone.js';
import { isBusy } from '../../src/engine/repositories/sqlite/retry-while-busy.js';
import type { UnitOfWork } from '../../src/engine/repositories/unit-of-work.js';
import type { RequestContext } from '../../src/engine/services/request-context.js';
import { JobAudience } from '../../src/engine/services/scheduling/job-audience.js';
import type { JobOrder } from '../../src/engine/services/scheduling/job-orders.js';
import { SchedulerHandover } from '../../src/engine/services/scheduling/scheduler-handover.js';
import { SchedulerTick } from '../../src/engine/services/scheduling/scheduler-tick.js';
import { systemZone } from '../../src/engine/services/scheduling/system-zone.js';
import type { SchedulerWish } from '../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { gatedUnitOfWork, isDatabaseBusy } from './gated-unit-of-work.js';
import type { HandoverExpectations } from './handover-expectations.js';
import type { HandoverLedger } from './handover-ledger.js';
import type { Plant } from './handover-plants.js';
import type { HistoryClock } from './history-clock.js';
import { silentLog } from './silent-engine-log.js';

export interface Process {
  killed: boolean;
  /** Gates until it is killed. */
  fuse: number;
}

/** What ends a tick whose process is killed. */
export class Killed extends Error {}

export interface HandoverEngineParts {
  /** Waits for no lock: that is done here, at gates. */
  readonly unitOfWork: UnitOfWork;
  readonly raw: Database.Database;
  readonly plant: Plant | undefined;
  readonly historyDays: number;
  readonly clock: HistoryClock;
  readonly ledger: HandoverLedger;
  readonly expectations: HandoverExpectations;
  readonly online: () => ReadonlySet<string>;
  /** Whether a job that is looked at is to fail. */
  readonly fails: (job: string) => boolean;
  readonly gate: (process: Process, wasBusy?: boolean) => Promise<void>;
  /** Between the wish to write and the lock. */
  readonly lateLock: () => Promise<void>;
  /** After what was told was taken, before the tick. */
  readonly afterTaking: (wish: SchedulerWish) => Promise<void>;
}

/** What an agent is sent. */
interface Told {
  readonly jobId: bigint;
  readonly hostname: string;
  readonly runId: bigint;
}

const NONE_IS_NEW = 'UPDATE engine_job_owners SET is_new = 0';
const COUNT_AS_DONE = 'UPDATE engine_scheduler SET last_minute = ?';
const OCCURRENCE = 'SELECT scheduled_ts FROM scheduled_job_runs WHERE id = ?';
const BUSY_SECONDS = 5;
/** After a tick that failed, as the loop has it. */
const RETRY_SECONDS = 5;
const MOST_TRIES = 3;

export class HandoverEngine {
  readonly #parts: HandoverEngineParts;
  #handover: SchedulerHandover;
  #wish: SchedulerWish = { owner: 'legacy', jobs: {} };
  /** What it takes for now, where it is to miss that its lock came late. */
  #staleNow: number | undefined;
  /** The minute of a tick that counts as done, though it is not. */
  #givenUp: number | undefined;
  /** Runs whose agents were told. */
  readonly #runs = new Set<number>();

  constructor(parts: HandoverEngineParts) {
    this.#parts = parts;
    this.#handover = this.#newHandover();
  }

  /** What it was told last. */
  get wish(): SchedulerWish {
    return this.#wish;
  }

  began(run: number): boolean {
    return this.#runs.has(run);
  }

  restart(): void {
    this.#handover = this.#newHandover();
    this.#handover.wish(this.#wish);
    const { plant, raw, clock } = this.#parts;
    if (plant !== 'forgets_last_minute') return;
    raw.exec(NONE_IS_NEW);
    this.#countAsDone(clock.minute - 60);
  }

  /**
   * As its loop does it: what it is told is taken, then it ticks, as long as there is anything to tick for; and tries again where
   * somebody held the lock.
   * @param wish what it is told; undefined for nothing
   */
  async tick(process: Process, wish: SchedulerWish | undefined): Promise<void> {
    const { ledger, clock, gate } = this.#parts;
    const handover = this.#handover;
    if (wish !== undefined) this.#wish = wish;
    try {
      for (let tries = 0; tries < MOST_TRIES && !process.killed; tries += 1) {
        if (await this.#isTicked(process, handover, wish)) return;
        await gate(process, true);
        clock.pass(RETRY_SECONDS);
      }
    } catch (error) {
      if (!process.killed) throw error;
      ledger.engineKills.push(clock.elapsed);
    }
  }

  /** @returns false when somebody held the lock for too long */
  async #isTicked(process: Process, handover: SchedulerHandover, wish: SchedulerWish | undefined): Promise<boolean> {
    const { ledger, clock, plant, expectations, afterTaking } = this.#parts;
    const context = this.#context(process);
    try {
      if (this.#givenUp !== undefined) this.#countAsDone(this.#givenUp);
      if (wish !== undefined) {
        handover.wish(wish);
        await handover.take(context);
        await afterTaking(wish);
      }
      const [began, owned] = [clock.elapsed, expectations.owned()];
      if (!(await handover.isNeeded(context))) return true;
      const { minute, failed } = await handover.tick(context);
      const looked = owned.filter((id) => !failed.includes(BigInt(id)));
      if (!process.killed) ledger.engineTicks.push({ began, ended: clock.elapsed, minute: Number(minute), looked });
      return true;
    } catch (error) {
      if (!isDatabaseBusy(error)) throw error;
      if (plant === 'gives_up_on_lock') this.#givenUp = clock.minute;
      return false;
    }
  }

  /** As soon as there is no lock. */
  #countAsDone(minute: number): void {
    try {
      this.#parts.raw.prepare(COUNT_AS_DONE).run(minute);
      this.#givenUp = undefined;
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
  }

  #newHandover(): SchedulerHandover {
    const order: JobOrder = {
      ...{ kind: 'script', scriptType: 'powershell', path: 'Scripts/x.json', name: 'x', event: 'quick_job_run' },
      payloadFor: (run: object) => ({ ...run }),
    };
    const orders = {
      make: async ({ id }: { readonly id: bigint }) => {
        if (this.#parts.fails(String(id))) throw new Error('no luck');
        return { orders: [order] };
      },
    };
    const audience = new JobAudience({ toAll: true, isInRoom: () => false });
    const { historyDays, plant } = this.#parts;
    const zone = plant === 'wrong_zone' ? UTC : systemZone;
    return new SchedulerHandover(new SchedulerTick({ orders, audience, zone, historyDays }));
  }

  #context(process: Process): RequestContext {
    const { clock, ledger, online } = this.#parts;
    const agents = {
      list: () =>
        [...online()].map((hostname) => ({ agentId: hostname, hostname, collectorActiveAt: clock.now * 1000 })),
    };
    const events = {
      emit: (_event: string, run: Told) => {
        if (!process.killed) this.#told(run);
      },
    };
    const log = {
      ...silentLog,
      // Given back after three minutes of waiting, before their minute was served: the way back goes before that.
      warn: (line: string) => {
        if (line.startsWith('scheduler-jobs-handed-back-overdue')) ledger.excuses.push(clock.elapsed);
      },
    };
    return {
      ...{ agents, events, log, unitOfWork: this.#gated(process) },
      clock: { now: () => (this.#staleNow ?? clock.now) * 1000 },
      random: { bytes: (length: number) => Buffer.alloc(length), uuid: () => 'uuid' },
    } as unknown as RequestContext;
  }

  #gated(process: Process): UnitOfWork {
    const { clock, ledger, expectations, plant, unitOfWork, gate, lateLock } = this.#parts;
    return gatedUnitOfWork(unitOfWork, {
      gate: (wasBusy) => {
        this.#staleNow = undefined;
        return gate(process, wasBusy);
      },
      beforeWrite: () => {
        if (plant === 'late_hand_back') this.#staleNow = clock.now;
        return lateLock();
      },
      patience: { seconds: BUSY_SECONDS, elapsed: () => clock.elapsed },
      took: (id) => void ledger.engineTakes.push({ job: Number(id), at: clock.elapsed }),
      began: ({ jobId, scheduledAt }, isOwned) => {
        if (!isOwned) ledger.blame(`the engine began a run of job ${jobId}, which is the legacy's`);
        const meant = expectations.otherThanMeant(Number(jobId), Number(scheduledAt));
        if (meant !== undefined) ledger.blame(`the engine began job ${jobId} for ${scheduledAt}, not for ${meant}`);
      },
      ignoresOwners: plant === 'no_ownership_check',
    });
  }

  #told({ jobId, hostname, runId }: Told): void {
    const occurrence = this.#parts.raw.prepare(OCCURRENCE).pluck().get(runId) as number;
    this.#runs.add(Number(runId));
    this.#parts.ledger.told('engine', { job: Number(jobId), host: hostname, occurrence });
  }
}
