/**
 * A random history of jobs under two schedulers: the engine's own code and the model of the legacy's, on one real database file, with
 * statements interleaved by chance, a clock that may be set, edits through either side, processes that are killed between any two
 * statements, and jobs that change hands all the while. Tells what should not have happened.
 */
import type Database from 'better-sqlite3';
import { UTC } from '../../src/engine/domain/scheduling/zone.js';
import type { UnitOfWork } from '../../src/engine/repositories/unit-of-work.js';
import type { RequestContext } from '../../src/engine/services/request-context.js';
import { JobAudience } from '../../src/engine/services/scheduling/job-audience.js';
import type { JobOrder } from '../../src/engine/services/scheduling/job-orders.js';
import { SchedulerHandover } from '../../src/engine/services/scheduling/scheduler-handover.js';
import { SchedulerTick } from '../../src/engine/services/scheduling/scheduler-tick.js';
import type { SchedulerOwner, SchedulerWish } from '../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { gatedUnitOfWork } from './gated-unit-of-work.js';
import { type Expected, HandoverLedger } from './handover-ledger.js';
import { OtherWriters } from './handover-others.js';
import { type Plant, plantOnce, type Shares, sharesOf } from './handover-plants.js';
import { answerRuns, deleteJob, insertJob, toggleJob } from './legacy-edits.js';
import { LegacyScheduler } from './legacy-scheduler.js';
import type { SeededRandom } from './seeded-random.js';
import { silentLog } from './silent-engine-log.js';
import { Turns } from './turns.js';

/** Tuesday, 2026-03-10 14:20:00 UTC. */
const BEGIN = 1_773_152_400;
const TYPES = ['every_5_minutes', 'every_5_minutes', 'every_10_minutes', 'once', 'immediately'] as const;
/** Always online; `B` comes and goes. */
const STEADY = ['A', 'C'] as const;
const MADE_FOR_ENGINE = "SELECT 1 FROM engine_scheduler WHERE owner = 'engine'";
const WAITED_FOR = `
  SELECT 1 FROM scheduled_job_runs r
  JOIN engine_job_owners o ON o.job_id = r.job_id
  JOIN scheduled_job_run_activity l ON l.run_id = r.id JOIN activity_history a ON a.id = l.activity_id
  WHERE r.id = ? AND a.status = 'Running'`;
const CLEAN_MINUTES = 6;
const LONGEST_LOCK_SECONDS = 70;

class Killed extends Error {}

interface Process {
  killed: boolean;
  /** Gates until it is killed. */
  fuse: number;
}

export interface HistoryParts {
  readonly random: SeededRandom;
  readonly file: string;
  readonly unitOfWork: UnitOfWork;
  readonly other: UnitOfWork;
  readonly raw: Database.Database;
  readonly plant: Plant | undefined;
}

export class HandoverHistory {
  readonly #parts: HistoryParts;
  readonly #shares: Shares;
  readonly #random: SeededRandom;
  readonly #turns: Turns;
  readonly #legacy: LegacyScheduler;
  readonly #others: OtherWriters;
  #handover: SchedulerHandover;
  #legacyProcess: Process | undefined = { killed: false, fuse: Number.POSITIVE_INFINITY };
  #engineProcess: Process | undefined = { killed: false, fuse: Number.POSITIVE_INFINITY };
  #wish: SchedulerWish = { owner: 'legacy', jobs: {} };
  #now = BEGIN - 60;
  /** As `#now`, and nobody sets it. */
  #elapsed = 0;
  /** Seconds that a statement takes. */
  #pace = 0;
  #isBOnline = true;
  #isWild = true;
  /** What the engine takes for now, where it is to miss that its lock came late. */
  #staleNow: number | undefined;
  #isLegacyTicking = false;
  /** Runs whose agents were told by the engine. */
  readonly #engineRuns = new Set<number>();
  /** Jobs that failed at the engine when it looked last. */
  readonly #failedLast = new Set<string>();
  /** As operators last said. */
  readonly #enabled = new Map<number, boolean>();
  readonly #ledger = new HandoverLedger();

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    this.#shares = sharesOf(parts.plant);
    this.#random = parts.random;
    this.#turns = new Turns(() => this.#random.next());
    this.#others = new OtherWriters(parts.other, (wasBusy) => this.#gate(undefined, wasBusy));
    this.#handover = this.#newHandover();
    this.#legacy = new LegacyScheduler({
      file: parts.file,
      now: () => Math.floor(this.#now),
      online: () => this.#online(),
      gate: (wasBusy) => this.#gate(this.#legacyProcess, wasBusy),
      closeRun: (db, run, close) => this.#closeRun(db, run, close),
      writeRun: (db, write) => this.#writeRun(db, write),
      wrote: (job) => {
        if (this.#isOwned(job)) this.#ledger.blame(`the legacy began a run of job ${job}, which is the engine's`);
      },
      tell: (job, host, occurrence) => this.#ledger.told('legacy', { job, host, occurrence }),
    });
  }

  #writeRun(db: Database.Database, write: () => number): number {
    const { plant } = this.#parts;
    if (plant === 'no_once_trigger') db.exec('DROP TRIGGER IF EXISTS engine_run_once');
    if (plant !== 'no_run_trigger') return write();
    return db.transaction(() => {
      db.exec('UPDATE engine_scheduler SET at_work = 1');
      const id = write();
      db.exec('UPDATE engine_scheduler SET at_work = 0');
      return id;
    })();
  }

  /** The legacy's clock ends a run: never one of the engine of which its agent has not said a word. */
  #closeRun(db: Database.Database, run: number, close: () => void): void {
    if (this.#parts.plant === 'no_clock_trigger') db.exec('DROP TRIGGER IF EXISTS engine_run_by_clock');
    const isWaitedFor = this.#engineRuns.has(run) && db.prepare(WAITED_FOR).get(run) !== undefined;
    close();
    if (isWaitedFor && db.prepare('SELECT status FROM scheduled_job_runs WHERE id = ?').pluck().get(run) !== 'Running')
      this.#ledger.blame(`the legacy ended run ${run}, which is the engine's`);
  }

  async run(): Promise<readonly string[]> {
    try {
      plantOnce(this.#parts.raw, this.#parts.plant);
      this.#addJobs(2 + this.#random.below(3));
      const minutes = 3 + this.#random.below(6);
      for (let count = 0; count < minutes; count += 1) {
        this.#pace = this.#random.pick([0, 0, 0.02, 0.3]);
        await this.#minute(true);
        for (let more = this.#random.below(3); more > 0; more -= 1) await this.#between();
      }
      this.#pace = 0;
      this.#isWild = false;
      this.#startAll();
      for (let count = 0; count < CLEAN_MINUTES; count += 1) await this.#minute(false);
      return this.#ledger.judge(this.#parts.raw, this.#enabled);
    } finally {
      this.#legacy.close();
    }
  }

  /** The next full minute, in whose first second both sides tick. */
  async #minute(isWild: boolean): Promise<void> {
    const next = Math.floor(this.#now / 60) * 60 + 60 + this.#random.next() * 0.9;
    this.#pass(next - this.#now);
    const isPlanted = this.#parts.plant !== undefined;
    const tasks: (() => Promise<void>)[] = [];
    if (this.#legacyProcess !== undefined) tasks.push(this.#legacyTick(isWild));
    else this.#expect(true);
    if (this.#engineProcess !== undefined) {
      const isTold = isWild && this.#random.chance(isPlanted ? 0.8 : 0.4);
      const rounds = isTold && this.#random.chance(isPlanted ? 0.8 : 0.5) ? 2 : 1;
      tasks.push(this.#engineRounds(rounds, isTold, isWild));
    }
    if (isWild && this.#random.chance(isPlanted ? 0.05 : 0.25)) tasks.push(() => this.#edit());
    if (isWild && this.#random.chance(this.#shares.offline)) tasks.push(() => this.#handBackOffline());
    await this.#turns.run(tasks);
  }

  /** Something between two minutes. */
  async #between(): Promise<void> {
    this.#pass(1 + this.#random.below(22));
    const what = this.#random.weighted({
      wish: 5,
      job: 2,
      answer: 3,
      edit: 2,
      engine: 2,
      legacy: 2,
      clock: 1,
      host: 1,
    });
    if (what === 'wish' && this.#engineProcess !== undefined) {
      await this.#turns.run([this.#engineRounds(1, true, true)]);
    } else if (what === 'job') this.#addJobs(1);
    else if (what === 'answer') this.#answer();
    else if (what === 'edit') await this.#turns.run([() => this.#edit()]);
    else if (what === 'engine') await this.#turnEngine();
    else if (what === 'legacy') await this.#turnLegacy();
    else if (what === 'clock') this.#setClock();
    else this.#isBOnline = !this.#isBOnline;
  }

  #answer(): void {
    const answer = (): string | undefined => this.#random.weighted({ Success: 6, Failed: 1, '': 3 }) || undefined;
    answerRuns(this.#legacy.db, Math.floor(this.#now), answer);
  }

  #anyWish(): SchedulerWish {
    const owner = (): SchedulerOwner => this.#random.pick(['legacy', 'engine'] as const);
    const jobs = [...this.#enabled.keys()].filter(() => this.#random.chance(0.25)).map((id) => [String(id), owner()]);
    return { owner: owner(), jobs: Object.fromEntries(jobs) as Record<string, SchedulerOwner> };
  }

  #legacyTick(mayDie: boolean): () => Promise<void> {
    const process = this.#lit(this.#legacyProcess, mayDie);
    // From now on, though its first statement may come late: it never ticks twice at a time.
    this.#isLegacyTicking = true;
    const expected = this.#expect();
    return async () => {
      try {
        await this.#legacy.tick();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        for (const one of expected) one.excused = true;
        if (this.#legacyProcess === process) this.#legacyProcess = undefined;
      } finally {
        this.#isLegacyTicking = false;
      }
    };
  }

  /** @param isTold each time something else */
  #engineRounds(count: number, isTold: boolean, mayDie: boolean): () => Promise<void> {
    const ticks = Array.from({ length: count }, () => this.#engineTick(isTold, mayDie));
    return async () => {
      for (const tick of ticks) {
        if (isTold) this.#wish = this.#anyWish();
        await tick();
      }
    };
  }

  /** As the engine's loop does it: what it is told is taken, then it ticks, as long as there is anything to tick for. */
  #engineTick(isTold: boolean, mayDie: boolean): () => Promise<void> {
    const process = this.#lit(this.#engineProcess, mayDie);
    const handover = this.#handover;
    return async () => {
      if (process.killed) return;
      this.#ledger.engineBegins.push(this.#elapsed);
      try {
        const context = this.#context(process);
        if (isTold) {
          handover.wish(this.#wish);
          await handover.take(context);
          if (this.#parts.plant === 'early_hand_back') await this.#others.handBackEarly(this.#wish);
        }
        const at = this.#elapsed;
        const failed = (await handover.isNeeded(context)) ? (await handover.tick(context)).failed : [];
        if (!process.killed) this.#ledger.engineTicks.push({ at, failed: failed.map(Number) });
      } catch (error) {
        if (!process.killed) throw error;
        this.#ledger.engineKills.push(this.#elapsed);
      } finally {
        if (process.killed && this.#engineProcess === process) this.#engineProcess = undefined;
      }
    };
  }

  async #turnEngine(): Promise<void> {
    if (this.#engineProcess !== undefined) {
      this.#engineProcess = undefined;
      return;
    }
    this.#startEngine();
    await this.#turns.run([this.#engineTick(true, true)]);
  }

  /** Its first tick comes at once. */
  async #turnLegacy(): Promise<void> {
    if (this.#legacyProcess !== undefined) {
      this.#legacyProcess = undefined;
      return;
    }
    this.#legacyProcess = { killed: false, fuse: Number.POSITIVE_INFINITY };
    await this.#turns.run([this.#legacyTick(true)]);
  }

  #startEngine(): void {
    this.#engineProcess = { killed: false, fuse: Number.POSITIVE_INFINITY };
    this.#handover = this.#newHandover();
    this.#handover.wish(this.#wish);
    if (this.#parts.plant === 'forgets_last_minute')
      this.#parts.raw.exec('UPDATE engine_scheduler SET last_minute = NULL; UPDATE engine_job_owners SET is_new = 0');
  }

  #startAll(): void {
    this.#legacyProcess ??= { killed: false, fuse: Number.POSITIVE_INFINITY };
    if (this.#engineProcess === undefined) this.#startEngine();
  }

  /** Sometimes with a fuse: it dies at one of the next statements. */
  #lit(process: Process | undefined, mayDie: boolean): Process {
    if (process === undefined) throw new TypeError('a tick of nobody');
    process.fuse = mayDie && this.#random.chance(0.08) ? this.#random.below(40) : Number.POSITIVE_INFINITY;
    return process;
  }

  async #gate(process: Process | undefined, wasBusy = false): Promise<void> {
    await this.#turns.gate(wasBusy);
    // Never two things at one moment: what was first can be told.
    this.#pass(0.000_001 + this.#pace * this.#random.next());
    if (process === undefined) return;
    process.fuse -= 1;
    if (process.fuse < 0) process.killed = true;
    if (process.killed) throw new Killed();
  }

  /** The engine waits for the lock, now and then for long; at the legacy each minute that begins meanwhile is ticked for. */
  async #lateLock(): Promise<void> {
    if (!this.#isWild || this.#isLegacyTicking || !this.#random.chance(this.#shares.lateLock)) return;
    let left = 10 + this.#random.below(LONGEST_LOCK_SECONDS - 9);
    for (;;) {
      const untilMinute = 60 - (this.#now % 60) + this.#random.next() * 0.9;
      if (left <= untilMinute) break;
      this.#pass(untilMinute);
      left -= untilMinute;
      if (this.#legacyProcess === undefined) this.#expect(true);
      else await this.#legacyTick(false)();
    }
    this.#pass(left);
  }

  /** Lets the others do some statements first. */
  async #somewhen(): Promise<void> {
    for (let count = this.#random.below(40); count > 0; count -= 1) await this.#gate(undefined, true);
  }

  #pass(seconds: number): void {
    this.#now += seconds;
    this.#elapsed += seconds;
  }

  #setClock(): void {
    const step = this.#random.pick([-600, -61, -2, 2, 61, 400]);
    this.#now += step;
    if (Math.abs(step) > 60) this.#ledger.excuses.push(this.#elapsed);
  }

  /** What a lone legacy would begin in the tick that comes now, whoever owns the job. @param ownedOnly the legacy is dead */
  #expect(ownedOnly = false): Expected[] {
    const now = Math.floor(this.#now);
    const minute = now - (now % 60);
    const found: Expected[] = [];
    for (const job of this.#legacy.jobs()) {
      if (this.#enabled.get(job.id) !== true || (ownedOnly && !this.#isOwned(job.id))) continue;
      const occurrence = this.#legacy.due(job, now);
      if (occurrence === undefined) continue;
      for (const host of this.#legacy.waiting(job, occurrence))
        if (host !== 'B')
          found.push({
            ...{ job: job.id, host, occurrence, minute, at: this.#elapsed - (this.#now - minute) },
            ...{ isOwned: this.#isOwned(job.id), excused: false },
          });
    }
    this.#ledger.expected.push(...found);
    return found;
  }

  #addJobs(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const now = Math.floor(this.#now);
      const type = this.#random.pick(TYPES);
      const start = now + (this.#random.below(10) - 3) * 60;
      const enabled = this.#random.chance(0.85);
      const targets = this.#random.pick([['A'], ['A', 'C'], ['A', 'B'], ['C', 'B', 'A']]);
      if (this.#parts.plant === 'no_made_trigger') this.#parts.raw.exec('DROP TRIGGER IF EXISTS engine_job_made');
      const id = insertJob(this.#legacy.db, { type, start, targets, enabled, now });
      this.#enabled.set(id, enabled);
      if (this.#parts.raw.prepare(MADE_FOR_ENGINE).get() !== undefined && !this.#isOwned(id))
        this.#ledger.blame(`job ${id} was made while all jobs were the engine's, and is not`);
    }
  }

  /** Through either side: a toggle, or sometimes the end of a job. */
  async #edit(): Promise<void> {
    await this.#somewhen();
    const ids = [...this.#enabled.keys()];
    if (ids.length === 0) return;
    const job = this.#random.pick(ids);
    const isDeletion = this.#random.chance(0.15);
    const enabled = this.#random.chance(0.5);
    const note = (): void => {
      this.#ledger.edits.push({ job, at: this.#elapsed });
      if (isDeletion) this.#enabled.delete(job);
      else this.#enabled.set(job, enabled);
    };
    if (this.#random.chance(0.5)) {
      await this.#others.atLegacy(() => {
        if (isDeletion) deleteJob(this.#legacy.db, job);
        else toggleJob(this.#legacy.db, job, enabled);
        note();
      });
      return;
    }
    await this.#others.atEngine(({ scheduledJobs }) =>
      isDeletion ? scheduledJobs.delete(BigInt(job)) : scheduledJobs.change(BigInt(job), { enabled }, 1n),
    );
    note();
  }

  async #handBackOffline(): Promise<void> {
    await this.#somewhen();
    this.#ledger.excuses.push(this.#elapsed);
    await this.#others.handBackAll(() => Math.floor(this.#now));
  }

  #online(): ReadonlySet<string> {
    return new Set(this.#isBOnline ? [...STEADY, 'B'] : STEADY);
  }

  #isOwned(job: number): boolean {
    return this.#parts.raw.prepare('SELECT 1 FROM engine_job_owners WHERE job_id = ?').get(job) !== undefined;
  }

  #newHandover(): SchedulerHandover {
    const order: JobOrder = {
      ...{ kind: 'script', scriptType: 'powershell', path: 'Scripts/x.json', name: 'x', event: 'quick_job_run' },
      payloadFor: (run: object) => ({ ...run }),
    };
    const orders = {
      make: async ({ id }: { readonly id: bigint }) => {
        this.#failNowAndThen(String(id));
        return { orders: [order] };
      },
    };
    const audience = new JobAudience({ toAll: true, isInRoom: () => false });
    return new SchedulerHandover(new SchedulerTick({ orders, audience, zone: UTC, historyDays: 30 }));
  }

  /** Never a job twice in a row: it is tried once more before it goes back. */
  #failNowAndThen(job: string): void {
    if (this.#failedLast.delete(job) || !this.#isWild || !this.#random.chance(this.#shares.failure)) return;
    this.#failedLast.add(job);
    throw new Error('no luck');
  }

  #context(process: Process): RequestContext {
    const agents = {
      list: () =>
        [...this.#online()].map((hostname) => ({ agentId: hostname, hostname, collectorActiveAt: this.#now * 1000 })),
    };
    const events = {
      emit: (_event: string, run: { readonly jobId: bigint; readonly hostname: string; readonly runId: bigint }) => {
        if (process.killed) return;
        const sql = 'SELECT scheduled_ts FROM scheduled_job_runs WHERE id = ?';
        const occurrence = this.#parts.raw.prepare(sql).pluck().get(run.runId) as number;
        this.#engineRuns.add(Number(run.runId));
        this.#ledger.told('engine', { job: Number(run.jobId), host: run.hostname, occurrence });
      },
    };
    const log = {
      ...silentLog,
      // Given back after three minutes of waiting, before their minute was served: the way back goes before that.
      warn: (line: string) => {
        if (line.startsWith('scheduler-jobs-handed-back-overdue')) this.#ledger.excuses.push(this.#elapsed);
      },
    };
    return {
      ...{ agents, events, log },
      unitOfWork: gatedUnitOfWork(this.#parts.unitOfWork, {
        gate: () => {
          this.#staleNow = undefined;
          return this.#gate(process);
        },
        beforeWrite: () => {
          if (this.#parts.plant === 'late_hand_back') this.#staleNow = this.#now;
          return this.#lateLock();
        },
        began: (job, isOwned) => {
          if (!isOwned) this.#ledger.blame(`the engine began a run of job ${job}, which is the legacy's`);
        },
        ignoresOwners: this.#parts.plant === 'no_ownership_check',
      }),
      clock: { now: () => (this.#staleNow ?? this.#now) * 1000 },
      random: { bytes: (length: number) => Buffer.alloc(length), uuid: () => 'uuid' },
    } as unknown as RequestContext;
  }
}
