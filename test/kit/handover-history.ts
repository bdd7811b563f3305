/**
 * A random history of jobs under two schedulers: the engine's own code and the model of the legacy's, on one real database file, with
 * statements interleaved by chance, a clock that may be set, edits through either side, somebody else's locks, processes that are
 * killed between any two statements, and jobs that change hands all the while. Tells what should not have happened.
 */
import type Database from 'better-sqlite3';
import { isBusy } from '../../src/engine/repositories/sqlite/retry-while-busy.js';
import type { UnitOfWork } from '../../src/engine/repositories/unit-of-work.js';
import type { SchedulerWish } from '../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { CALENDAR_TYPES, HandoverDrawing, STEADY } from './handover-drawing.js';
import { HandoverEngine, Killed, type Process } from './handover-engine.js';
import { HandoverExpectations } from './handover-expectations.js';
import { type Expected, HandoverLedger } from './handover-ledger.js';
import { handoverLegacy } from './handover-legacy.js';
import { HandoverOperators } from './handover-operators.js';
import { OtherWriters } from './handover-others.js';
import { type Plant, plantOnce, type Shares, sharesOf } from './handover-plants.js';
import { HistoryClock } from './history-clock.js';
import type { LegacyScheduler } from './legacy-scheduler.js';
import { nextRunsIn } from './next-runs-by-calendar.js';
import type { SeededRandom } from './seeded-random.js';
import { StrangersLock } from './strangers-lock.js';
import { Turns } from './turns.js';

const CLEAN_MINUTES = 6;
const LONGEST_LOCK_SECONDS = 70;
const LONGEST_STRANGER_SECONDS = 200;
/** Nobody makes up for what was before it. */
const SHORTEST_LEAP_SECONDS = 900;

export interface HistoryParts {
  readonly random: SeededRandom;
  readonly file: string;
  /** Neither waits for a lock. */
  readonly unitOfWork: UnitOfWork;
  readonly other: UnitOfWork;
  readonly raw: Database.Database;
  readonly plant: Plant | undefined;
}

export class HandoverHistory {
  readonly #parts: HistoryParts;
  readonly #shares: Shares;
  readonly #random: SeededRandom;
  readonly #drawing: HandoverDrawing;
  readonly #clock: HistoryClock;
  readonly #turns: Turns;
  readonly #legacy: LegacyScheduler;
  readonly #engine: HandoverEngine;
  readonly #others: OtherWriters;
  readonly #operators: HandoverOperators;
  readonly #stranger: StrangersLock;
  readonly #expectations: HandoverExpectations;
  readonly #ledger = new HandoverLedger();
  #legacyProcess: Process | undefined = newProcess();
  #engineProcess: Process | undefined = newProcess();
  /** Seconds that a statement takes. */
  #pace = 0;
  #isBOnline = true;
  #isWild = true;
  #isLegacyTicking = false;
  /** In its present tick, or the last one. */
  #hasLegacyGivenUp = false;
  /** Jobs that failed at the engine when it looked last. */
  readonly #failedLast = new Set<string>();

  constructor(parts: HistoryParts) {
    const { file, raw, plant } = parts;
    this.#parts = parts;
    this.#shares = sharesOf(plant);
    this.#random = parts.random;
    this.#drawing = new HandoverDrawing(parts.random);
    const [clock, ledger] = [new HistoryClock(this.#drawing.begin - 60), this.#ledger];
    this.#clock = clock;
    this.#turns = new Turns(() => this.#random.next());
    this.#others = new OtherWriters(parts.other, clock, (wasBusy) => this.#gate(undefined, wasBusy));
    this.#stranger = new StrangersLock(file);
    const online = (): ReadonlySet<string> => new Set(this.#isBOnline ? [...STEADY, 'B'] : STEADY);
    this.#legacy = handoverLegacy({
      ...{ file, plant, ledger, online, zone: this.#drawing.zone, now: () => clock.second },
      gate: (wasBusy) => this.#gate(this.#legacyProcess, wasBusy),
      gaveUp: () => {
        this.#hasLegacyGivenUp = true;
      },
      isOwned: (job) => this.#expectations.isOwned(job),
      isEngines: (run) => this.#engine.began(run),
    });
    const nextRuns = nextRunsIn(this.#drawing.zone);
    this.#expectations = new HandoverExpectations({
      ...{ raw, clock, nextRuns, legacy: this.#legacy },
      isEnabled: (job) => this.#operators.enabled.get(job) === true,
    });
    this.#operators = new HandoverOperators({
      ...{ raw, plant, clock, ledger, random: this.#random, drawing: this.#drawing, others: this.#others },
      ...{ legacy: this.#legacy, expectations: this.#expectations },
    });
    this.#engine = new HandoverEngine({
      ...{ raw, plant, clock, ledger, online, unitOfWork: parts.unitOfWork, expectations: this.#expectations },
      historyDays: this.#random.pick([30, 400]),
      fails: (job) => this.#failsNowAndThen(job),
      gate: (process, wasBusy) => this.#gate(process, wasBusy),
      lateLock: () => this.#lateLock(),
      afterTaking: async (wish) => {
        if (plant === 'early_hand_back') await this.#others.handBackEarly(wish);
      },
    });
  }

  /** @returns what was wrong, in words */
  async run(): Promise<readonly string[]> {
    const { raw, plant } = this.#parts;
    const zoneBefore = process.env.TZ;
    process.env.TZ = this.#drawing.zone;
    try {
      plantOnce(raw, plant);
      await this.#wildMinutes();
      this.#stranger.release();
      this.#pace = 0;
      this.#isWild = false;
      this.#startAll();
      for (let count = 0; count < CLEAN_MINUTES; count += 1) await this.#minute();
      return this.#ledger.judge(raw, this.#operators.enabled);
    } finally {
      if (zoneBefore === undefined) delete process.env.TZ;
      else process.env.TZ = zoneBefore;
      this.#stranger.close();
      this.#legacy.close();
    }
  }

  async #wildMinutes(): Promise<void> {
    const isByCalendar = this.#random.chance(this.#shares.calendar);
    for (let more = (isByCalendar ? 1 : 2) + this.#random.below(3); more > 0; more -= 1) this.#operators.addJob();
    if (isByCalendar) for (let more = 1 + this.#random.below(3); more > 0; more -= 1) this.#operators.addCalendarJob();
    for (let left = 3 + this.#random.below(6); left > 0; left -= 1) {
      this.#pace = this.#random.pick([0, 0, 0.02, 0.3]);
      await this.#minute();
      for (let more = this.#random.below(3); more > 0; more -= 1) await this.#between();
      if (isByCalendar && this.#random.chance(0.15)) this.#leap();
    }
  }

  /** The next full minute, in whose first second both sides tick. */
  async #minute(): Promise<void> {
    this.#pass(this.#clock.untilNextMinute(this.#random.next()));
    const isPlanted = this.#parts.plant !== undefined;
    const isWild = this.#isWild;
    const tasks: (() => Promise<void>)[] = [];
    if (this.#legacyProcess !== undefined) tasks.push(this.#legacyTick(isWild));
    else this.#expect(true);
    if (this.#engineProcess !== undefined) {
      const isTold = isWild && this.#random.chance(isPlanted ? 0.8 : 0.4);
      const rounds = isTold && this.#random.chance(isPlanted ? 0.8 : 0.5) ? 2 : 1;
      tasks.push(this.#engineRounds(rounds, () => (isTold ? this.#operators.anyWish() : undefined)));
    }
    if (isWild && this.#random.chance(isPlanted ? 0.05 : 0.25)) tasks.push(() => this.#edit());
    if (isWild && this.#random.chance(this.#shares.offline)) tasks.push(() => this.#handBackOffline());
    if (isWild && this.#random.chance(this.#shares.stranger)) tasks.push(() => this.#letStrangerIn());
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
      await this.#turns.run([this.#engineRounds(1, () => this.#operators.anyWish())]);
    } else if (what === 'job') await this.#turns.run([() => this.#operators.addJobLater()]);
    else if (what === 'answer') await this.#turns.run([() => this.#operators.answer()]);
    else if (what === 'edit') await this.#turns.run([() => this.#edit()]);
    else if (what === 'engine') await this.#turnEngine();
    else if (what === 'legacy') await this.#turnLegacy();
    else if (what === 'clock') this.#setClock();
    else this.#isBOnline = !this.#isBOnline;
  }

  #legacyTick(mayDie: boolean): () => Promise<void> {
    const process = this.#lit(this.#legacyProcess, mayDie);
    // From now on, though its first statement may come late: it never ticks twice at a time.
    this.#isLegacyTicking = true;
    this.#hasLegacyGivenUp = false;
    const expected = this.#expect();
    return async () => {
      try {
        await this.#legacy.tick();
      } catch (error) {
        if (!(error instanceof Killed) && !isBusy(error)) throw error;
        if (error instanceof Killed && this.#legacyProcess === process) this.#legacyProcess = undefined;
      } finally {
        this.#isLegacyTicking = false;
        const outcome = process.killed ? 'killed' : this.#hasLegacyGivenUp ? 'gave_up' : 'done';
        this.#ledger.legacyTicked(expected, outcome, (job) => this.#expectations.isOwned(job));
      }
    };
  }

  /** @param wish what it is told each time; undefined for nothing */
  #engineRounds(count: number, wish: () => SchedulerWish | undefined): () => Promise<void> {
    const process = this.#lit(this.#engineProcess, this.#isWild);
    return async () => {
      for (let left = count; left > 0 && !process.killed; left -= 1) await this.#engine.tick(process, wish());
      if (process.killed && this.#engineProcess === process) this.#engineProcess = undefined;
    };
  }

  async #turnEngine(): Promise<void> {
    if (this.#engineProcess !== undefined) {
      this.#engineProcess = undefined;
      return;
    }
    this.#startEngine();
    await this.#turns.run([this.#engineRounds(1, () => this.#engine.wish)]);
  }

  /** Its first tick comes at once. */
  async #turnLegacy(): Promise<void> {
    if (this.#legacyProcess !== undefined) {
      this.#legacyProcess = undefined;
      return;
    }
    this.#legacyProcess = newProcess();
    await this.#turns.run([this.#legacyTick(true)]);
  }

  #startEngine(): void {
    this.#engineProcess = newProcess();
    this.#engine.restart();
  }

  #startAll(): void {
    this.#legacyProcess ??= newProcess();
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
    if (wasBusy && this.#stranger.isHeld) this.#pass(0.2 + 0.6 * this.#random.next());
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
      const untilMinute = this.#clock.untilNextMinute(this.#random.next());
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
    this.#clock.pass(seconds);
    this.#stranger.look(this.#clock.elapsed);
  }

  #setClock(): void {
    const step = this.#random.pick([-600, -61, -2, 2, 61, 400]);
    this.#clock.set(step);
    if (Math.abs(step) > 60) this.#ledger.excuses.push(this.#clock.elapsed);
  }

  /** Nobody is there for hours, days or months: on to just before the next occurrence of a job, as one side or the other reads it. */
  #leap(): void {
    this.#stranger.release();
    const nextRuns = nextRunsIn(this.#drawing.zone);
    const jobs = this.#legacy.jobs().filter(({ schedule_type: type }) => CALENDAR_TYPES.some((one) => one === type));
    if (jobs.length === 0) return;
    const job = this.#random.pick(jobs);
    const schedule = { type: job.schedule_type, start: job.start_ts ?? 0 };
    const reading = this.#random.pick(['meant', 'legacy'] as const);
    const next = nextRuns[reading](schedule, this.#legacy.latest(job.id), this.#clock.minute + 60) ?? 0;
    const seconds = next - this.#random.below(4) * 60 - 90 - this.#clock.now;
    if (seconds < SHORTEST_LEAP_SECONDS) return;
    // Before runs grow so old that they are forgotten.
    this.#ledger.settle(this.#parts.raw);
    this.#pass(seconds);
  }

  async #letStrangerIn(): Promise<void> {
    await this.#somewhen();
    // Often about as long as anybody waits, so that what comes next in the same tick finds it free.
    const seconds = this.#random.chance(0.5)
      ? 4 + this.#random.below(12)
      : this.#random.below(LONGEST_STRANGER_SECONDS);
    while (!this.#stranger.take(this.#clock.elapsed + seconds)) await this.#gate(undefined, true);
  }

  #expect(ownedOnly = false): Expected[] {
    const expected = this.#expectations.now(ownedOnly);
    this.#ledger.expect(expected);
    return expected;
  }

  async #edit(): Promise<void> {
    await this.#somewhen();
    await this.#operators.edit();
  }

  async #handBackOffline(): Promise<void> {
    await this.#somewhen();
    this.#ledger.excuses.push(this.#clock.elapsed);
    await this.#others.handBackAll();
  }

  /** Never a job twice in a row: it is tried once more before it goes back. */
  #failsNowAndThen(job: string): boolean {
    if (this.#failedLast.delete(job) || !this.#isWild || !this.#random.chance(this.#shares.failure)) return false;
    this.#failedLast.add(job);
    return true;
  }
}

function newProcess(): Process {
  return { killed: false, fuse: Number.POSITIVE_INFINITY };
}
