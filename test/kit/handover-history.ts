/**
 * A random history of jobs under two schedulers: the engine's own code and the model of the legacy's, on one real database file, with
 * statements interleaved by chance, a clock that may be set, edits through either side, processes that are killed between any two
 * statements, and jobs that change hands all the while. Tells what should not have happened.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { EngineError } from '../../src/engine/domain/engine-error.js';
import { UTC } from '../../src/engine/domain/scheduling/zone.js';
import { openSharedDatabase, type SharedDatabase } from '../../src/engine/open-shared-database.js';
import type { Repositories, UnitOfWork } from '../../src/engine/repositories/unit-of-work.js';
import type { RequestContext } from '../../src/engine/services/request-context.js';
import { handBackAll } from '../../src/engine/services/scheduling/hand-back-all.js';
import { JobAudience } from '../../src/engine/services/scheduling/job-audience.js';
import type { JobOrder } from '../../src/engine/services/scheduling/job-orders.js';
import { SchedulerHandover } from '../../src/engine/services/scheduling/scheduler-handover.js';
import { SchedulerTick } from '../../src/engine/services/scheduling/scheduler-tick.js';
import type { SchedulerOwner, SchedulerWish } from '../../src/legacy-bridge/scheduler/scheduler-protocol.js';
import { LegacyScheduler } from './legacy-scheduler.js';
import { SeededRandom } from './seeded-random.js';
import { silentLog } from './silent-engine-log.js';
import { Turns } from './turns.js';

/** What may be broken on purpose, to see that it would be noticed. */
export type Plant =
  /** The legacy writes runs of jobs that are the engine's. */
  | 'no_run_trigger'
  /** The legacy may write a second run of an occurrence. */
  | 'no_once_trigger'
  /** The engine begins runs of jobs that went back meanwhile. */
  | 'no_ownership_check'
  /** Jobs go back as soon as they are wished to, whether their minute was served or not. */
  | 'early_hand_back'
  /** A restarted engine begins with the minute that it finds. */
  | 'forgets_last_minute';

/** Tuesday, 2026-03-10 14:20:00 UTC. */
const BEGIN = 1_773_152_400;
const TYPES = ['every_5_minutes', 'every_5_minutes', 'every_10_minutes', 'once', 'immediately'] as const;
/** Always online; `B` comes and goes. */
const STEADY = ['A', 'C'] as const;
const WINDOW = 240;
const CLEAN_MINUTES = 6;

class Killed extends Error {}

interface Process {
  killed: boolean;
  /** Gates until it is killed. */
  fuse: number;
}

/** A run that a lone scheduler would have begun. */
interface Expected {
  readonly job: number;
  readonly host: string;
  readonly occurrence: number;
  readonly minute: number;
  /** When that minute began, on the clock that nobody sets. */
  readonly at: number;
  readonly isOwned: boolean;
  excused: boolean;
}

export class HandoverHistories {
  readonly #root: string;
  readonly #shared: SharedDatabase;
  /** Another process of the engine's, which waits for no lock. */
  readonly #other: SharedDatabase;
  readonly #raw: Database.Database;

  private constructor(root: string, shared: SharedDatabase, other: SharedDatabase) {
    this.#root = root;
    this.#shared = shared;
    this.#other = other;
    this.#raw = new Database(join(root, 'database.db'), { timeout: 0 });
  }

  static async open(): Promise<HandoverHistories> {
    const root = await mkdtemp(join(tmpdir(), 'handover-'));
    const path = join(root, 'database.db');
    const surroundings = { log: silentLog, monotonic: () => performance.now(), jitter: () => 0 };
    const options = { path, autoMigrate: true, dryRun: { waitMs: 50, holdMs: 100 } };
    const shared = await openSharedDatabase({ ...options, busyDeadlineMs: 5000 }, surroundings);
    const other = await openSharedDatabase({ ...options, autoMigrate: false, busyDeadlineMs: 0 }, surroundings);
    return new HandoverHistories(root, shared, other);
  }

  async close(): Promise<void> {
    this.#raw.close();
    this.#shared.close();
    this.#other.close();
    await rm(this.#root, { recursive: true, force: true });
  }

  /** @returns what was wrong, in words */
  async run(seed: number, plant?: Plant): Promise<readonly string[]> {
    await handBackAll(this.#other.unitOfWork);
    this.#raw.exec(`
      DELETE FROM scheduled_jobs; DELETE FROM scheduled_job_runs; DELETE FROM scheduled_job_run_activity; DELETE FROM activity_history;
      DROP TRIGGER IF EXISTS engine_run_once; UPDATE engine_scheduler SET last_minute = NULL`);
    const history = new History({
      random: new SeededRandom(seed),
      file: join(this.#root, 'database.db'),
      unitOfWork: this.#shared.unitOfWork,
      other: this.#other.unitOfWork,
      raw: this.#raw,
      plant,
    });
    return await history.run();
  }
}

interface HistoryParts {
  readonly random: SeededRandom;
  readonly file: string;
  readonly unitOfWork: UnitOfWork;
  readonly other: UnitOfWork;
  readonly raw: Database.Database;
  readonly plant: Plant | undefined;
}

class History {
  readonly #parts: HistoryParts;
  readonly #random: SeededRandom;
  readonly #turns: Turns;
  readonly #legacy: LegacyScheduler;
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
  readonly #enabled = new Map<number, boolean>();
  readonly #told = new Map<string, string>();
  readonly #wrong: string[] = [];
  readonly #expected: Expected[] = [];
  readonly #engineBegins: number[] = [];
  readonly #engineKills: number[] = [];
  /** Beginnings of ticks that came to their end. */
  readonly #engineTicks: number[] = [];
  readonly #edits: { readonly job: number; readonly at: number }[] = [];
  readonly #excuses: number[] = [];

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    this.#random = parts.random;
    this.#turns = new Turns(() => this.#random.next());
    this.#handover = this.#newHandover();
    this.#legacy = new LegacyScheduler({
      file: parts.file,
      now: () => Math.floor(this.#now),
      online: () => this.#online(),
      gate: (wasBusy) => this.#gate(this.#legacyProcess, wasBusy),
      writeRun: (db, write) => this.#writeRun(db, write),
      wrote: (job) => {
        if (this.#isOwned(job)) this.#wrong.push(`the legacy began a run of job ${job}, which is the engine's`);
      },
      tell: (job, host, occurrence) => this.#tell('legacy', job, host, occurrence),
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

  async run(): Promise<readonly string[]> {
    try {
      this.#addJobs(2 + this.#random.below(3));
      const minutes = 3 + this.#random.below(6);
      for (let count = 0; count < minutes; count += 1) {
        this.#pace = this.#random.pick([0, 0, 0.02, 0.3]);
        await this.#minute(true);
        for (let more = this.#random.below(3); more > 0; more -= 1) await this.#between();
      }
      this.#pace = 0;
      this.#startAll();
      for (let count = 0; count < CLEAN_MINUTES; count += 1) await this.#minute(false);
      this.#judge();
      return this.#wrong;
    } finally {
      this.#legacy.close();
    }
  }

  /** The next full minute, in whose first second both sides tick. */
  async #minute(isWild: boolean): Promise<void> {
    const next = Math.floor(this.#now / 60) * 60 + 60 + this.#random.next() * 0.9;
    this.#pass(next - this.#now);
    const tasks: (() => Promise<void>)[] = [];
    if (this.#legacyProcess !== undefined) tasks.push(this.#legacyTick(isWild));
    if (this.#engineProcess !== undefined) {
      const isTold = isWild && this.#random.chance(0.4);
      const rounds = isTold && this.#random.chance(0.5) ? 2 : 1;
      tasks.push(this.#engineRounds(rounds, isTold, isWild));
    }
    if (isWild && this.#random.chance(0.25)) tasks.push(() => this.#edit());
    if (isWild && this.#random.chance(this.#parts.plant === 'no_ownership_check' ? 0.3 : 0.06))
      tasks.push(() => this.#handBackOffline());
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

  #anyWish(): SchedulerWish {
    const owner = (): SchedulerOwner => this.#random.pick(['legacy', 'engine'] as const);
    const jobs = [...this.#enabled.keys()].filter(() => this.#random.chance(0.25)).map((id) => [String(id), owner()]);
    return { owner: owner(), jobs: Object.fromEntries(jobs) as Record<string, SchedulerOwner> };
  }

  #legacyTick(mayDie: boolean): () => Promise<void> {
    const process = this.#lit(this.#legacyProcess, mayDie);
    const expected = this.#expect();
    return async () => {
      try {
        await this.#legacy.tick();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        for (const one of expected) one.excused = true;
        if (this.#legacyProcess === process) this.#legacyProcess = undefined;
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
      this.#engineBegins.push(this.#elapsed);
      try {
        const context = this.#context(process);
        if (isTold) {
          handover.wish(this.#wish);
          await handover.take(context);
          if (this.#parts.plant === 'early_hand_back') await this.#handBackEarly();
        }
        const at = this.#elapsed;
        if (await handover.isNeeded(context)) await handover.tick(context);
        if (!process.killed) this.#engineTicks.push(at);
      } catch (error) {
        if (!process.killed) throw error;
        this.#engineKills.push(this.#elapsed);
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
      this.#parts.raw.exec(
        'UPDATE engine_scheduler SET last_minute = NULL; UPDATE engine_job_owners SET owned_since = NULL',
      );
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
    if (Math.abs(step) > 60) this.#excuses.push(this.#elapsed);
  }

  /** What a lone legacy would begin in the tick that comes now, whoever owns the job. */
  #expect(): Expected[] {
    const now = Math.floor(this.#now);
    const minute = now - (now % 60);
    const found: Expected[] = [];
    for (const job of this.#parts.raw.prepare('SELECT * FROM scheduled_jobs ORDER BY id').all() as JobLine[]) {
      if (this.#enabled.get(job.id) !== true) continue;
      const occurrence = this.#legacy.due(job, now);
      if (occurrence === undefined) continue;
      for (const host of this.#legacy.waiting(job, occurrence))
        if (host !== 'B')
          found.push({
            ...{ job: job.id, host, occurrence, minute, at: this.#elapsed - (this.#now - minute) },
            ...{ isOwned: this.#isOwned(job.id), excused: false },
          });
    }
    this.#expected.push(...found);
    return found;
  }

  #addJobs(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const now = Math.floor(this.#now);
      const type = this.#random.pick(TYPES);
      const start = now + (this.#random.below(10) - 3) * 60;
      const enabled = this.#random.chance(0.85);
      const targets = this.#random.pick([['A'], ['A', 'C'], ['A', 'B'], ['C', 'B', 'A']]);
      const { lastInsertRowid } = this.#legacy.db
        .prepare(
          "INSERT INTO scheduled_jobs (name, components_json, targets_json, schedule_type, start_ts, expiration, execution_context, enabled, created_at) VALUES ('job', '[]', ?, ?, ?, 'no_expire', 'system', ?, ?)",
        )
        .run(JSON.stringify(targets), type, start, Number(enabled), now);
      this.#enabled.set(Number(lastInsertRowid), enabled);
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
      this.#edits.push({ job, at: this.#elapsed });
      if (isDeletion) this.#enabled.delete(job);
      else this.#enabled.set(job, enabled);
    };
    if (this.#random.chance(0.5)) {
      await this.#atLegacy(() => {
        if (isDeletion) this.#legacy.db.prepare('DELETE FROM scheduled_jobs WHERE id = ?').run(job);
        else
          this.#legacy.db
            .prepare('UPDATE scheduled_jobs SET enabled = ?, updated_at = 1 WHERE id = ?')
            .run(Number(enabled), job);
        note();
      });
      return;
    }
    await this.#atOther(({ scheduledJobs }) =>
      isDeletion ? scheduledJobs.delete(BigInt(job)) : scheduledJobs.change(BigInt(job), { enabled }, 1n),
    );
    note();
  }

  async #handBackOffline(): Promise<void> {
    await this.#somewhen();
    this.#excuses.push(this.#elapsed);
    for (let wasBusy = false; ; wasBusy = true) {
      await this.#gate(undefined, wasBusy);
      if (await unlessBusy(handBackAll(this.#parts.other))) return;
    }
  }

  async #handBackEarly(): Promise<void> {
    const wish = this.#wish;
    await this.#atOther(async ({ jobOwners }) => {
      const ids = (await jobOwners.listOwned()).filter((id) => (wish.jobs[String(id)] ?? wish.owner) === 'legacy');
      await jobOwners.handBack(ids);
    });
  }

  async #atLegacy(statement: () => void): Promise<void> {
    for (let wasBusy = false; ; wasBusy = true) {
      await this.#gate(undefined, wasBusy);
      try {
        statement();
        return;
      } catch (error) {
        if (!(error instanceof Database.SqliteError) || error.code !== 'SQLITE_BUSY') throw error;
      }
    }
  }

  async #atOther(work: (repositories: Repositories) => Promise<unknown>): Promise<void> {
    for (let wasBusy = false; ; wasBusy = true) {
      await this.#gate(undefined, wasBusy);
      if (await unlessBusy(this.#parts.other.write(work))) return;
    }
  }

  /** Agents answer, at the legacy. */
  #answer(): void {
    const { db } = this.#legacy;
    const running = db
      .prepare(
        "SELECT l.run_id, l.activity_id FROM scheduled_job_run_activity l JOIN scheduled_job_runs r ON r.id = l.run_id WHERE r.status = 'Running'",
      )
      .all() as { run_id: number; activity_id: number }[];
    for (const { run_id: run, activity_id: activity } of running) {
      if (this.#random.chance(0.3)) continue;
      db.prepare("UPDATE activity_history SET status = 'Success' WHERE id = ?").run(activity);
      db.prepare(
        "UPDATE scheduled_job_runs SET status = 'Success', finished_ts = COALESCE(finished_ts, ?), updated_at = ? WHERE id = ?",
      ).run(Math.floor(this.#now), Math.floor(this.#now), run);
    }
  }

  #online(): ReadonlySet<string> {
    return new Set(this.#isBOnline ? [...STEADY, 'B'] : STEADY);
  }

  #isOwned(job: number): boolean {
    return this.#parts.raw.prepare('SELECT 1 FROM engine_job_owners WHERE job_id = ?').get(job) !== undefined;
  }

  #tell(side: string, job: number, host: string, occurrence: number): void {
    const key = `${job} ${host} ${occurrence}`;
    const before = this.#told.get(key);
    if (before !== undefined)
      this.#wrong.push(`job ${job} was sent to ${host} twice for ${occurrence}: by ${before} and ${side}`);
    this.#told.set(key, side);
  }

  #newHandover(): SchedulerHandover {
    const order: JobOrder = {
      ...{ kind: 'script', scriptType: 'powershell', path: 'Scripts/x.json', name: 'x', event: 'quick_job_run' },
      payloadFor: (run: object) => ({ ...run }),
    };
    const orders = { make: async () => ({ orders: [order] }) };
    const audience = new JobAudience({ toAll: true, isInRoom: () => false });
    return new SchedulerHandover(new SchedulerTick({ orders, audience, zone: UTC, historyDays: 30 }));
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
        this.#tell(
          'engine',
          Number(run.jobId),
          run.hostname,
          this.#parts.raw.prepare(sql).pluck().get(run.runId) as number,
        );
      },
    };
    return {
      ...{ agents, events, log: silentLog },
      unitOfWork: this.#gated(process),
      clock: { now: () => this.#now * 1000 },
      random: { bytes: (length: number) => Buffer.alloc(length), uuid: () => 'uuid' },
    } as unknown as RequestContext;
  }

  /** The engine's unit of work with a gate before each statement, and after its commit. */
  #gated(process: Process): UnitOfWork {
    const { unitOfWork, plant } = this.#parts;
    const gate = () => this.#gate(process);
    const gatedAll = (repositories: Repositories): Repositories =>
      Object.fromEntries(
        Object.entries(repositories).map(([name, repository]) => [name, gatedRepository(repository, gate)]),
      ) as unknown as Repositories;
    return {
      read: (work) => unitOfWork.read((repositories) => work(gatedAll(repositories))),
      write: async (work) => {
        await gate();
        const result = await unitOfWork.write(async (repositories) => {
          const done = await work({
            ...gatedAll(repositories),
            scheduledRuns: this.#watched(repositories, gate, plant),
          });
          await gate();
          return done;
        });
        await gate();
        return result;
      },
    };
  }

  #watched(
    repositories: Repositories,
    gate: () => Promise<void>,
    plant: Plant | undefined,
  ): Repositories['scheduledRuns'] {
    const { scheduledRuns, jobOwners } = repositories;
    const insertUnlessThere: typeof scheduledRuns.insertUnlessThere = async (run, now) => {
      await gate();
      const isOwned = (await jobOwners.listOwned()).includes(run.jobId);
      if (!isOwned && plant === 'no_ownership_check')
        await jobOwners.take({ owner: 'legacy', jobs: { [String(run.jobId)]: 'engine' } }, now);
      const id = await scheduledRuns.insertUnlessThere(run, now);
      if (id !== undefined && !isOwned)
        this.#wrong.push(`the engine began a run of job ${run.jobId}, which is the legacy's`);
      return id;
    };
    return gatedRepository(scheduledRuns, gate, { insertUnlessThere });
  }

  #judge(): void {
    for (const expected of this.#expected) {
      const { job, host, occurrence, minute } = expected;
      if (this.#isExcused(expected)) continue;
      const served = this.#parts.raw
        .prepare(
          'SELECT 1 FROM scheduled_job_runs WHERE job_id = ? AND target_hostname = ? AND scheduled_ts BETWEEN ? AND ?',
        )
        .get(job, host, occurrence, minute);
      if (served === undefined) this.#wrong.push(`job ${job} missed ${host} for ${occurrence}`);
    }
    for (const [job, enabled] of this.#enabled) {
      const row = this.#parts.raw
        .prepare(
          'SELECT j.enabled AS shown, CASE WHEN o.job_id IS NULL THEN j.enabled ELSE o.enabled END AS meant, o.job_id AS owned FROM scheduled_jobs j LEFT JOIN engine_job_owners o ON o.job_id = j.id WHERE j.id = ?',
        )
        .get(job) as { shown: number; meant: number; owned: number | null };
      if (row.meant !== Number(enabled)) this.#wrong.push(`job ${job} is ${row.meant} where operators said ${enabled}`);
      if (row.owned !== null && row.shown !== 0)
        this.#wrong.push(`job ${job} is the engine's, and shows to the legacy`);
    }
  }

  /** What nobody can be blamed for: an edit, a clock that was set, an engine that was dead for as long as it could make up for it. */
  #isExcused({ job, occurrence, minute, at, isOwned, excused }: Expected): boolean {
    const isNear = (moment: number): boolean => moment >= at - 1 && moment <= at + WINDOW + 60;
    if (excused || this.#excuses.some(isNear)) return true;
    if (this.#edits.some((edit) => edit.job === job && isNear(edit.at))) return true;
    const latest = at + Math.min(WINDOW, 300 - (minute - occurrence)) - 5;
    const killed = Math.max(at - 1, ...this.#engineKills.filter((kill) => kill <= latest));
    if (this.#engineTicks.some((tick) => tick >= killed && tick <= latest)) return false;
    return isOwned || this.#engineBegins.some(isNear);
  }
}

interface JobLine {
  readonly id: number;
  readonly targets_json: string;
  readonly schedule_type: string;
  readonly start_ts: number | null;
  readonly created_at: number | null;
}

function gatedRepository<T extends object>(repository: T, gate: () => Promise<void>, own: Partial<T> = {}): T {
  return new Proxy(repository, {
    get(target, name) {
      const instead: unknown = Reflect.get(own, name);
      if (instead !== undefined) return instead;
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...values: unknown[]) => {
        await gate();
        return (member as (...given: unknown[]) => unknown).apply(target, values);
      };
    },
  });
}

async function unlessBusy(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'database_busy') return false;
    throw error;
  }
}
